"""SigLIP (Zhai et al. 2023, arXiv:2303.15343) and SigLIP 2 of fixed resolution (arXiv:2502.14786)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._clip import siglip_image, siglip_text

__all__ = ["SigLIP"]


@final
class SigLIP(Senses):
    """`model_type` siglip, in the layout of transformers' `SiglipModel`."""

    cosine = True

    @property
    def towers(self) -> Mapping[str, Tower]:
        vision, text = self.facts.inside("vision_config"), self.facts.inside("text_config")
        return {
            "image": siglip_image(vision, self.weights, self.shown),
            "text": siglip_text(text, self.weights),
        }
