"""Qwen3 (Yang et al. 2025, arXiv:2505.09388), under Qwen3-Embedding."""

from __future__ import annotations

from dataclasses import replace
from typing import final

from likewise.networks._decoder import ATTENTION, Block, Decoder, late

__all__ = ["Qwen3"]


@final
class Qwen3(Decoder):
    """`model_type` qwen3, in the layout of transformers' `Qwen3Model`; query and key are normed head by head."""

    def head(self) -> int:
        return self.facts.integer("head_dim", 128)

    def biased(self) -> frozenset[str]:
        return ATTENTION if self.facts.flag("attention_bias", False) else frozenset()

    def block(self) -> Block:
        return replace(super().block(), turned=True)

    def slides(self) -> list[bool]:
        return late(self.facts, self.layers)

    def window(self) -> int:
        return self.facts.integer("sliding_window", 4096)
