"""CLIP, images and words in one space (Radford et al. 2021, arXiv:2103.00020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._clip import clip_image, clip_text

__all__ = ["CLIP"]


@final
class CLIP(Senses):
    """`model_type` clip, in the layout of transformers' `CLIPModel`, which OpenCLIP's models are converted to."""

    cosine = True

    @property
    def towers(self) -> Mapping[str, Tower]:
        facts, weights = self.facts, self.weights
        dim = facts.integer("projection_dim", 512)
        return {
            "image": clip_image(facts.inside("vision_config"), weights, self.shown, dim),
            "text": clip_text(facts.inside("text_config"), weights, dim),
        }
