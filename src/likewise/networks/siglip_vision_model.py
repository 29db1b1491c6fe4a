"""The tower of images of SigLIP alone (Zhai et al. 2023, arXiv:2303.15343)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._clip import siglip_image

__all__ = ["SigLIPVision"]


@final
class SigLIPVision(Senses):
    """`model_type` siglip_vision_model, in the layout of transformers' `SiglipVisionModel`."""

    cosine = True

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"image": siglip_image(self.facts, self.weights, self.shown)}
