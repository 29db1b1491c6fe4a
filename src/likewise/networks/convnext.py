"""ConvNeXt (Liu et al. 2022, arXiv:2201.03545)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._convnext import image_tower

__all__ = ["ConvNeXt"]


@final
class ConvNeXt(Senses):
    """`model_type` convnext, in the layout of transformers' `ConvNextModel`."""

    prefixes = ("convnext.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"image": image_tower(self.facts, self.weights, self.shown, responsive=False)}
