"""EuroBERT (Boizard et al. 2025, arXiv:2503.05500): Llama in which every token sees all others."""

from __future__ import annotations

from typing import final

from likewise.networks._decoder import ATTENTION, PERCEPTRON, Decoder

__all__ = ["EuroBert"]


@final
class EuroBert(Decoder):
    """`model_type` eurobert, in the layout of transformers' `EuroBertModel`."""

    causal = False

    def biased(self) -> frozenset[str]:
        attention = ATTENTION if self.facts.flag("attention_bias", False) else frozenset()
        return attention | (PERCEPTRON if self.facts.flag("mlp_bias", False) else frozenset())
