"""Gemma 3's text network (Gemma Team 2025, arXiv:2503.19786), under EmbeddingGemma (arXiv:2509.20354)."""

from __future__ import annotations

from dataclasses import replace
from typing import final

from likewise.networks import Facts, Node, Ops, Weights
from likewise.networks._decoder import ATTENTION, Block, Decoder, listed
from likewise.networks._rotary import Rotary, rotary, tables

__all__ = ["Gemma3Text"]


@final
class Gemma3Text(Decoder):
    """`model_type` gemma3_text, in the layout of transformers' `Gemma3TextModel`.

    Layers slide over a window but for every sixth, which sees all and turns by angles of its own. With
    `use_bidirectional_attention` (EmbeddingGemma) tokens see both ways, half the window to each side.
    """

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.causal = not facts.flag("use_bidirectional_attention", False)
        if "attn_logit_softcapping" in facts:
            raise facts.wrong("attn_logit_softcapping", "none: Gemma 3 replaced it by norms of query and key")

    def head(self) -> int:
        return self.facts.integer("head_dim", 256)

    def biased(self) -> frozenset[str]:
        return ATTENTION if self.facts.flag("attention_bias", False) else frozenset()

    def block(self) -> Block:
        scale = self.facts.number("query_pre_attn_scalar", 256.0) ** -0.5
        name = self.facts.text("hidden_activation", "gelu_pytorch_tanh")
        return replace(super().block(), activation=name, scale=scale, turned=True, closed=True, shift=1.0)

    def slides(self) -> list[bool]:
        every = self.facts.integer("sliding_window_pattern", 6)
        return listed(self.facts, self.layers) or [bool((i + 1) % every) for i in range(self.layers)]

    def window(self) -> int:
        size = self.facts.integer("sliding_window", 4096)
        # the file counts both sides together; a token and size // 2 on either side of it are seen
        return size if self.causal else size // 2 + 1

    def rotaries(self) -> tuple[Rotary, Rotary]:
        full = rotary(self.facts, self.width, 1e6, "full_attention")
        if "rope_parameters" in self.facts:
            return full, rotary(self.facts, self.width, 1e4, "sliding_attention")
        return full, tables(self.facts.number("rope_local_base_freq", 1e4), self.width, self.positions)

    def embedded(self, ops: Ops, ids: Node) -> Node:
        return ops.multiply(super().embedded(ops, ids), ops.constant(self.dim**0.5))
