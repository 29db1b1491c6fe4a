"""DINOv2 with registers, tokens that nothing is read from (Darcet et al. 2023, arXiv:2309.16588)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._dino import image_tower

__all__ = ["DINOv2WithRegisters"]


@final
class DINOv2WithRegisters(Senses):
    """`model_type` dinov2_with_registers, in the layout of transformers' `Dinov2WithRegistersModel`."""

    prefixes = ("dinov2_with_registers.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        registers = self.facts.integer("num_register_tokens", 4)
        return {"image": image_tower(self.facts, self.weights, self.shown, registers)}
