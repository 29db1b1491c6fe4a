"""DINOv2 (Oquab et al. 2023, arXiv:2304.07193)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._dino import image_tower

__all__ = ["DINOv2"]


@final
class DINOv2(Senses):
    """`model_type` dinov2, in the layout of transformers' `Dinov2Model`."""

    prefixes = ("dinov2.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"image": image_tower(self.facts, self.weights, self.shown)}
