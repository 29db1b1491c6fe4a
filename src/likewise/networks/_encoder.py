"""The post-norm transformer encoder (Vaswani et al. 2017) as BERT lays it out: what its relatives share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.networks import Node, Ops, Weights

__all__ = ["Block", "Names", "embedded", "heads", "joined"]


@dataclass(frozen=True, slots=True)
class Names:
    """How a checkpoint calls the parts of one layer."""

    query: str = "attention.self.query"
    key: str = "attention.self.key"
    value: str = "attention.self.value"
    mix: str = "attention.output.dense"
    mix_norm: str = "attention.output.LayerNorm"
    up: str = "intermediate.dense"
    down: str = "output.dense"
    down_norm: str = "output.LayerNorm"


@dataclass(frozen=True, slots=True)
class Block:
    """One layer: attention, then a two-layer perceptron, each with a residual and a norm behind it."""

    weights: Weights
    dim: int
    heads: int
    wide: int
    activation: str
    epsilon: float
    names: Names = Names()

    def __call__(self, ops: Ops, x: Node, bias: Node, layer: str) -> Node:
        mixed = self.linear(ops, self.attend(ops, x, bias, layer), f"{layer}.{self.names.mix}")
        x = self.norm(ops, ops.add(mixed, x), f"{layer}.{self.names.mix_norm}")
        wide = ops.linear(x, *self.weights.linear(f"{layer}.{self.names.up}", self.wide, self.dim))
        wide = ops.activation(wide, self.activation)
        down = ops.linear(wide, *self.weights.linear(f"{layer}.{self.names.down}", self.dim, self.wide))
        return self.norm(ops, ops.add(down, x), f"{layer}.{self.names.down_norm}")

    def attend(self, ops: Ops, x: Node, bias: Node, layer: str) -> Node:
        """Attention over all tokens `(n, s, dim)`; the scale is folded into the query's weights."""
        weight, shift = self.weights.linear(f"{layer}.{self.names.query}", self.dim, self.dim)
        scale = np.float32((self.dim // self.heads) ** -0.5)
        query = heads(ops, ops.linear(x, weight * scale, None if shift is None else shift * scale), self.heads)
        key, value = (
            heads(ops, self.linear(ops, x, f"{layer}.{part}"), self.heads)
            for part in (self.names.key, self.names.value)
        )
        return joined(ops, ops.attention(query, key, value, bias))

    def linear(self, ops: Ops, x: Node, name: str) -> Node:
        """A linear layer from dim to dim."""
        return ops.linear(x, *self.weights.linear(name, self.dim, self.dim))

    def norm(self, ops: Ops, x: Node, name: str) -> Node:
        """A layer norm of this network."""
        return ops.layer_norm(x, *self.weights.norm(name, self.dim), self.epsilon)


def heads(ops: Ops, x: Node, count: int) -> Node:
    """`(n, s, count * width)` to `(n, count, s, width)`."""
    # -1, not the width: it may differ from dim / heads
    return ops.transpose(ops.reshape(x, (0, 0, count, -1)), (0, 2, 1, 3))


def joined(ops: Ops, x: Node) -> Node:
    """`(n, heads, s, width)` to `(n, s, heads * width)`."""
    return ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (0, 0, -1))


def embedded(ops: Ops, ids: Node, types: Node | None, tables: tuple[np.ndarray, np.ndarray, np.ndarray | None]) -> Node:
    """Words + positions + segments, before the norm; `tables` hold one row each for a word, a place and a segment.

    Places start at row 0 of their table. Without `types` the row of segment 0 joins the places.
    """
    words, places, segments = tables
    x = ops.gather(ops.constant(words), ids)
    if segments is None:
        return ops.add(x, ops.rows(places, ids))
    if types is None:
        return ops.add(x, ops.rows(places + segments[0], ids))
    return ops.add(ops.add(x, ops.gather(ops.constant(segments), types)), ops.rows(places, ids))
