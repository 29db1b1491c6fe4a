"""The vision transformer (Dosovitskiy et al. 2020, arXiv:2010.11929), also of DINO (Caron et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._vit import image_tower

__all__ = ["ViT"]


@final
class ViT(Senses):
    """`model_type` vit, in the layout of transformers' `ViTModel`."""

    prefixes = ("vit.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"image": image_tower(self.facts, self.weights, self.shown)}
