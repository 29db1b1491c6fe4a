"""Mistral (Jiang et al. 2023, arXiv:2310.06825), under E5-mistral and its like."""

from __future__ import annotations

from typing import final

from likewise.networks._decoder import Decoder

__all__ = ["Mistral"]


@final
class Mistral(Decoder):
    """`model_type` mistral, in the layout of transformers' `MistralModel`; every layer has the same window."""

    def biased(self) -> frozenset[str]:
        return frozenset()

    def slides(self) -> list[bool]:
        return [True] * self.layers

    def window(self) -> int:
        return self.facts.integer("sliding_window", 0, least=0)
