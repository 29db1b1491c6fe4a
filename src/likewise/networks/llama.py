"""Llama (Touvron et al. 2023, arXiv:2302.13971; 3.1: arXiv:2407.21783)."""

from __future__ import annotations

from typing import final

from likewise.networks._decoder import ATTENTION, PERCEPTRON, Decoder

__all__ = ["Llama"]


@final
class Llama(Decoder):
    """`model_type` llama, in the layout of transformers' `LlamaModel`."""

    def biased(self) -> frozenset[str]:
        attention = ATTENTION if self.facts.flag("attention_bias", False) else frozenset[str]()
        return attention | PERCEPTRON if self.facts.flag("mlp_bias", False) else attention
