"""SigLIP 2 that takes images in their own proportions, NaFlex (Tschannen et al. 2025, arXiv:2502.14786)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._clip import siglip_patches, siglip_text

__all__ = ["SigLIP2"]


@final
class SigLIP2(Senses):
    """`model_type` siglip2, in the layout of transformers' `Siglip2Model`; SigLIP 2 of fixed resolution is siglip."""

    cosine = True

    @property
    def towers(self) -> Mapping[str, Tower]:
        vision, text = self.facts.inside("vision_config"), self.facts.inside("text_config")
        return {
            "image": siglip_patches(vision, self.weights),
            "text": siglip_text(text, self.weights),
        }
