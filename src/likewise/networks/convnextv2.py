"""ConvNeXtV2 (Woo et al. 2023, arXiv:2301.00808)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._convnext import image_tower

__all__ = ["ConvNeXtV2"]


@final
class ConvNeXtV2(Senses):
    """`model_type` convnextv2, in the layout of transformers' `ConvNextV2Model`."""

    prefixes = ("convnextv2.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"image": image_tower(self.facts, self.weights, self.shown, responsive=True)}
