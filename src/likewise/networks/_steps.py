"""What follows the states of tokens: pooling, dense layers, norms, as the modules of a sentence-transformers folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, final

from likewise.networks import MASKED, Node, Ops
from likewise.types import Vectors

__all__ = ["Dense", "LayerNorm", "Normalize", "Pooling", "Step", "Way", "pooled"]

Way = Literal["mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]


@final
@dataclass(frozen=True, slots=True)
class Pooling:
    """States `(n, s, d)` to vectors: each way gives d dimensions, several are joined in their order.

    weightedmean weighs the i-th token by i (Muennighoff 2022, arXiv:2202.08904); mean_sqrt_len_tokens divides the sum
    by the square root of the count.
    """

    ways: tuple[Way, ...] = ("mean",)

    def __str__(self) -> str:
        return "+".join(self.ways)

    def apply(self, ops: Ops, states: Node, mask: Node) -> Node:
        parts = [_pool(ops, states, mask, way) for way in self.ways]
        return parts[0] if len(parts) == 1 else ops.concat(parts, 1)


@final
@dataclass(frozen=True, slots=True)
class Dense:
    """A linear layer: weight `(out, in)`, bias `(out,)` or None, and its activation."""

    weight: Vectors = field(repr=False)
    bias: Vectors | None = field(repr=False)
    activation: str = "identity"

    def __str__(self) -> str:
        return f"dense:{self.activation}"

    def apply(self, ops: Ops, x: Node) -> Node:
        x = ops.linear(x, self.weight, self.bias)
        return x if self.activation == "identity" else ops.activation(x, self.activation)


@final
@dataclass(frozen=True, slots=True)
class LayerNorm:
    """A layer norm with PyTorch's epsilon of 1e-5."""

    weight: Vectors = field(repr=False)
    bias: Vectors = field(repr=False)

    def __str__(self) -> str:
        return "layernorm"

    def apply(self, ops: Ops, x: Node) -> Node:
        return ops.layer_norm(x, self.weight, self.bias, 1e-5)


@final
@dataclass(frozen=True, slots=True)
class Normalize:
    """To unit length."""

    def __str__(self) -> str:
        return "normalize"

    def apply(self, ops: Ops, x: Node) -> Node:
        return ops.normalize(x)


Step = Dense | LayerNorm | Normalize


def pooled(ops: Ops, states: Node, mask: Node, pooling: Pooling, steps: Sequence[Step]) -> Node:
    """Vectors of texts from the states of their tokens."""
    x = pooling.apply(ops, states, mask)
    for step in steps:
        x = step.apply(ops, x)
    return x


def _pool(ops: Ops, states: Node, mask: Node, way: Way) -> Node:
    if way == "cls":
        return ops.first(states)
    if way == "max":
        outside = ops.multiply(ops.subtract(ops.constant(1.0), ops.expand(mask, 2)), ops.constant(MASKED))
        return ops.max(ops.add(ops.multiply(states, ops.expand(mask, 2)), outside), 1)
    weights = mask
    if way in ("weightedmean", "lasttoken"):
        place = ops.multiply(ops.add(ops.real(ops.steps(mask)), ops.constant(1.0)), mask)
        weights = place
        if way == "lasttoken":
            # 1 where a place is the last one that counts; places are whole numbers
            weights = ops.less(ops.subtract(ops.max(place, 1, keep=True), ops.constant(0.5)), place)
    total = ops.sum(ops.multiply(states, ops.expand(weights, 2)), 1)
    if way == "lasttoken":
        return total
    count = ops.sum(weights, 1, keep=True)
    return ops.divide(total, ops.sqrt(count) if way == "mean_sqrt_len_tokens" else count)
