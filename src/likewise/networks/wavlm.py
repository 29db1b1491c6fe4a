"""WavLM (Chen et al. 2021, arXiv:2110.13900): HuBERT whose scores also go by a gated distance between frames."""

from __future__ import annotations

from typing import Final, final

from likewise.networks import Node, Ops
from likewise.networks._encoder import heads
from likewise.networks._relative import between, buckets
from likewise.networks._speech import Layer, Speech

__all__ = ["WavLM"]

_FRAMES: Final = 6000
"""The most frames of one sound, two minutes: the table of distances is made for so many."""


@final
class WavLM(Speech):
    """`model_type` wavlm, in the layout of transformers' `WavLMModel`."""

    prefixes = ("wavlm.",)

    def bias(self, ops: Ops, x: Node, padding: Node) -> Layer:
        facts = self.facts
        count = facts.integer("num_attention_heads")
        rows = facts.integer("num_buckets", 320)
        table = self.weights("encoder.layers.0.attention.rel_attn_embed.weight", rows, count)
        rows_apart = buckets(_FRAMES, rows, facts.integer("max_bucket_distance", 800))
        apart = ops.expand(ops.transpose(between(ops, table[rows_apart], x), (2, 0, 1)), 0)

        def gated(x: Node, name: str) -> Node:
            return ops.add(ops.multiply(self._gate(ops, heads(ops, x, count), name), apart), padding)

        return gated

    def _gate(self, ops: Ops, x: Node, name: str) -> Node:
        """How much distances count for every frame of every head, `(n, heads, s, 1)`, from what the frame holds."""
        count = self.facts.integer("num_attention_heads")
        weight = self.weights(f"{name}.attention.gru_rel_pos_linear.weight", 8, self.dim // count)
        bias = self.weights(f"{name}.attention.gru_rel_pos_linear.bias", 8)
        # its makers add up four outputs for each of the two gates: one output of added weights is the same
        added = ops.linear(x, weight.reshape(2, 4, -1).sum(1), bias.reshape(2, 4).sum(1))
        first, second = ops.split(ops.activation(added, "sigmoid"), (1, 1), -1)
        constant = ops.constant(self.weights(f"{name}.attention.gru_rel_pos_const", 1, count, 1, 1))
        inner = ops.subtract(ops.multiply(second, constant), ops.constant(1.0))
        return ops.add(ops.multiply(first, inner), ops.constant(2.0))
