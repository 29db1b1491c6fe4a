"""The post-norm transformer encoder (Vaswani et al. 2017) as BERT lays it out: what its relatives share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from likewise.networks import Facts, Node, Ops, TextNetwork, Weights, hidden
from likewise.types import Vectors

__all__ = ["Block", "Encoder", "Names", "embedded", "heads", "joined"]


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
        return self.think(ops, x, layer)

    def think(self, ops: Ops, x: Node, layer: str) -> Node:
        """The perceptron, its residual and its norm."""
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


class Encoder(TextNetwork):
    """Embeddings of words, places and segments, a norm, blocks; a leaf says how it departs from BERT.

    `projection` names the linear layer from narrower embeddings to the states, `gap` counts the rows of the table of
    places before the first place, `segments` is how many kinds of them there are where config.json does not say it.
    """

    names: ClassVar[Names] = Names()
    layer: ClassVar[str] = "encoder.layer"
    projection: ClassVar[str] = ""
    segments: ClassVar[int] = 2
    epsilon: ClassVar[float] = 1e-12

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        facts.only({"position_embedding_type": "absolute"})
        facts.split("hidden_size", "num_attention_heads")
        self.layers = facts.integer("num_hidden_layers")
        self.narrow = facts.integer("embedding_size", self.dim) if self.projection else self.dim
        self.places = self.positions
        self.positions -= self.gap()
        if self.positions < 1:
            raise facts.wrong("max_position_embeddings", f"more than {self.gap()}, which stand for padding")

    def gap(self) -> int:
        """Rows of the table of places before the first place."""
        return 0

    def block(self) -> Block:
        """What every layer is."""
        facts = self.facts
        return Block(
            self.weights,
            self.dim,
            facts.integer("num_attention_heads"),
            facts.integer("intermediate_size"),
            facts.text("hidden_act", "gelu"),
            facts.number("layer_norm_eps", self.epsilon),
            self.names,
        )

    def passes(self) -> list[str]:
        """The layers in the order in which states go through them."""
        return [f"{self.layer}.{i}" for i in range(self.layers)]

    def table(self, name: str, rows: int) -> Vectors | None:
        """A table of the embeddings; None for one without rows."""
        return self.weights(f"embeddings.{name}_embeddings.weight", rows, self.narrow) if rows else None

    def embedded(self, ops: Ops, ids: Node, types: Node | None) -> Node:
        """What goes into the first layer `(n, s, dim)`."""
        words = self.weights("embeddings.word_embeddings.weight", self.vocabulary, self.narrow)
        places = self.table("position", self.places)
        segments = self.table("token_type", self.facts.integer("type_vocab_size", self.segments, least=0))
        x = embedded(ops, ids, types, words, None if places is None else places[self.gap() :], segments)
        norm = self.weights.norm("embeddings.LayerNorm", self.narrow)
        return self.widened(ops, ops.layer_norm(x, *norm, self.facts.number("layer_norm_eps", self.epsilon)))

    def widened(self, ops: Ops, x: Node) -> Node:
        """Embeddings `(n, s, narrow)` as states `(n, s, dim)`."""
        if self.narrow == self.dim:
            return x
        return ops.linear(x, *self.weights.linear(self.projection, self.dim, self.narrow))

    def bias(self, ops: Ops, mask: Node) -> Node:
        """What is added to the scores of attention, `(n, heads, s, s)` or what broadcasts to it."""
        return hidden(ops, mask)

    def states(self, ops: Ops, ids: Node, mask: Node, types: Node | None = None) -> Node:
        block, bias = self.block(), self.bias(ops, mask)
        x = self.embedded(ops, ids, types)
        for layer in self.passes():
            x = block(ops, x, bias, layer)
        return x


def heads(ops: Ops, x: Node, count: int) -> Node:
    """`(n, s, count * width)` to `(n, count, s, width)`."""
    # -1, not the width: it may differ from dim / heads
    return ops.transpose(ops.reshape(x, (0, 0, count, -1)), (0, 2, 1, 3))


def joined(ops: Ops, x: Node) -> Node:
    """`(n, heads, s, width)` to `(n, s, heads * width)`."""
    return ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (0, 0, -1))


def embedded(
    ops: Ops, ids: Node, types: Node | None, words: Vectors, places: Vectors | None, segments: Vectors | None
) -> Node:
    """Words + places + segments, before the norm, of tables with a row for each; None for what a network has not.

    Places start at row 0 of their table. Without `types` the row of segment 0 joins the places.
    """
    x = ops.gather(ops.constant(words), ids)
    if segments is not None and types is not None:
        x = ops.add(x, ops.gather(ops.constant(segments), types))
    plain = segments[0] if segments is not None and types is None else None
    if places is None:
        return x if plain is None else ops.add(x, ops.constant(plain))
    return ops.add(x, ops.rows(places if plain is None else places + plain, ids))
