"""What transformers over video share: cubes of pixels as tokens, blocks whose norms stand before their parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from likewise.networks import Inputs, Node, Ops, Weights
from likewise.networks._encoder import heads, joined
from likewise.types import Vectors

__all__ = ["CLIP", "Block", "Linear", "Names", "apart", "attended", "cubes", "led", "pooled", "scaled"]

Linear = tuple[Vectors, Vectors | None]
Turn = Callable[[Ops, Node], Node]

CLIP: Inputs = (("clip", "float32", 5),)
"""Frames `(n, t, 3, height, width)`."""


@final
@dataclass(frozen=True, slots=True)
class Names:
    """How a checkpoint calls the parts of one layer."""

    before: str = "layernorm_before"
    mix: str = "attention.output.dense"
    after: str = "layernorm_after"
    up: str = "intermediate.dense"
    down: str = "output.dense"


@final
@dataclass(frozen=True, slots=True)
class Block:
    """One layer: a norm and attention, a norm and a two-layer perceptron, each added to what came in.

    `parts` gives query, key and value of a layer.
    """

    weights: Weights
    dim: int
    heads: int
    wide: int
    activation: str
    epsilon: float
    names: Names
    parts: Callable[[str], Sequence[Linear]]

    def __call__(self, ops: Ops, x: Node, layer: str, turn: Turn | None = None, bias: Node | None = None) -> Node:
        """States `(n, s, dim)` after the layer; `turn` turns query and key by their places."""
        mixed = self.attend(ops, self.norm(ops, x, f"{layer}.{self.names.before}"), layer, turn, bias)
        return self.think(ops, ops.add(x, mixed), layer)

    def attend(self, ops: Ops, x: Node, layer: str, turn: Turn | None = None, bias: Node | None = None) -> Node:
        """Attention over s tokens, mixed by its last linear layer."""
        mixed = attended(ops, x, self.parts(layer), self.heads, turn, bias)
        return ops.linear(mixed, *self.weights.linear(f"{layer}.{self.names.mix}", self.dim, self.dim))

    def think(self, ops: Ops, x: Node, layer: str) -> Node:
        """The perceptron behind its norm, added to what came in."""
        wide = self.norm(ops, x, f"{layer}.{self.names.after}")
        wide = ops.linear(wide, *self.weights.linear(f"{layer}.{self.names.up}", self.wide, self.dim))
        wide = ops.activation(wide, self.activation)
        down = ops.linear(wide, *self.weights.linear(f"{layer}.{self.names.down}", self.dim, self.wide))
        return ops.add(x, down)

    def norm(self, ops: Ops, x: Node, name: str) -> Node:
        """A layer norm of this network."""
        return ops.layer_norm(x, *self.weights.norm(name, self.dim), self.epsilon)


def apart(weights: Weights, dim: int, names: Sequence[str]) -> Callable[[str], list[Linear]]:
    """Query, key and value of a layer, a tensor each, with the biases that the checkpoint has."""

    def of(layer: str) -> list[Linear]:
        found = [f"{layer}.{name}" for name in names]
        return [(weights(f"{name}.weight", dim, dim), weights.optional(f"{name}.bias", dim)) for name in found]

    return of


def attended(
    ops: Ops, x: Node, parts: Sequence[Linear], count: int, turn: Turn | None = None, bias: Node | None = None
) -> Node:
    """Attention of `count` heads over x `(n, s, d)`; the scale is folded into the query's weights."""
    query, key, value = parts
    width = len(query[0]) // count
    query = scaled(query, width**-0.5)
    q, k, v = (heads(ops, ops.linear(x, *part), count) for part in (query, key, value))
    if turn is not None:
        q, k = turn(ops, q), turn(ops, k)
    return joined(ops, ops.attention(q, k, v, bias))


def scaled(part: Linear, by: float) -> Linear:
    """A linear layer whose outputs are so many times as large."""
    weight, shift = part
    return weight * np.float32(by), None if shift is None else shift * np.float32(by)


def cubes(ops: Ops, clip: Node, weights: Weights, name: str, dim: int, size: Sequence[int]) -> Node:
    """Tokens `(n, s, dim)` of a clip `(n, t, 3, height, width)` cut into cubes of size (frames, height, width)."""
    kernel, bias = weights(f"{name}.weight", dim, 3, *size), weights(f"{name}.bias", dim)
    x = ops.convolution(ops.transpose(clip, (0, 2, 1, 3, 4)), kernel, bias, stride=size)
    return ops.transpose(ops.reshape(x, (0, dim, -1)), (0, 2, 1))


def pooled(ops: Ops, tokens: Node) -> Node:
    """The mean of tokens `(n, s, d)`: `(n, d)`."""
    return ops.mean(tokens, (1,))


def led(ops: Ops, start: Node, x: Node) -> Node:
    """The same first token `(1, 1, d)` before x `(n, s, d)`."""
    return ops.concat([ops.broadcast(start, ops.slice(x, 1, 0, 1)), x], 1)
