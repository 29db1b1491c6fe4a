"""The tower of images of CLIP alone (Radford et al. 2021, arXiv:2103.00020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._clip import clip_image

__all__ = ["CLIPVision"]


@final
class CLIPVision(Senses):
    """`model_type` clip_vision_model: `CLIPVisionModelWithProjection`, or `CLIPVisionModel` without a projection."""

    cosine = True

    @property
    def towers(self) -> Mapping[str, Tower]:
        projected = "visual_projection.weight" in self.weights
        dim = self.facts.integer("projection_dim", 512) if projected else None
        return {"image": clip_image(self.facts, self.weights, self.shown, dim)}
