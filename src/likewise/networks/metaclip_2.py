"""MetaCLIP 2, CLIP for words of all the world (Chuang et al. 2025, arXiv:2507.22062)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._clip import clip_image, clip_text

__all__ = ["MetaCLIP2"]


@final
class MetaCLIP2(Senses):
    """`model_type` metaclip_2, in the layout of transformers' `MetaClip2Model`, which is that of CLIP."""

    cosine = True

    @property
    def towers(self) -> Mapping[str, Tower]:
        facts, weights = self.facts, self.weights
        dim = facts.integer("projection_dim", 512)
        return {
            "image": clip_image(facts.inside("vision_config"), weights, self.shown, dim),
            "text": clip_text(facts.inside("text_config"), weights, dim),
        }
