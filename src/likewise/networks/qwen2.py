"""Qwen2 (Yang et al. 2024, arXiv:2407.10671), under GTE-Qwen2."""

from __future__ import annotations

from typing import final

from likewise.networks import Facts, Weights
from likewise.networks._decoder import Decoder, late

__all__ = ["Qwen2"]


@final
class Qwen2(Decoder):
    """`model_type` qwen2, in the layout of transformers' `Qwen2Model`.

    With `is_causal` false in config.json every token sees all others, as in the code that comes with GTE-Qwen2.
    """

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.causal = facts.flag("is_causal", True)

    def biased(self) -> frozenset[str]:
        return frozenset(("q_proj", "k_proj", "v_proj"))

    def slides(self) -> list[bool]:
        return late(self.facts, self.layers)

    def window(self) -> int:
        return self.facts.integer("sliding_window", 4096)
