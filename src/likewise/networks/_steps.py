"""What follows the states of tokens: pooling, dense layers, norms, as the modules of a sentence-transformers folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, final

from likewise.networks import MASKED, Node, Ops
from likewise.types import Vectors

__all__ = ["Dense", "LayerNorm", "Normalize", "Pooling", "Step", "Way", "pooled"]

_FAR: Final = 1 << 22
"""More tokens than a text has, and exact where a runtime reduces integers in float32."""

Way = Literal["mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]


@final
@dataclass(frozen=True, slots=True)
class Pooling:
    """States `(n, s, d)` to vectors: each way gives d dimensions, several are joined in their order.

    weightedmean weighs the i-th token by i (Muennighoff 2022, arXiv:2202.08904); mean_sqrt_len_tokens divides the sum
    by the square root of the count. Without `whole` a text may begin with tokens that do not count: its prompt.
    """

    ways: tuple[Way, ...] = ("mean",)
    whole: bool = True

    def __str__(self) -> str:
        return "+".join(self.ways)

    def apply(self, ops: Ops, states: Node, mask: Node) -> Node:
        parts = [_pool(ops, states, mask, way, self.whole) for way in self.ways]
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


def _pool(ops: Ops, states: Node, mask: Node, way: Way, whole: bool) -> Node:
    if way == "cls" and whole:
        return ops.first(states)
    if way == "max":
        outside = ops.multiply(ops.subtract(ops.constant(1.0), ops.expand(mask, 2)), ops.constant(MASKED))
        return ops.max(ops.add(ops.multiply(states, ops.expand(mask, 2)), outside), 1)
    weights = _weights(ops, mask, way)
    total = ops.sum(ops.multiply(states, ops.expand(weights, 2)), 1)
    if way in ("cls", "lasttoken"):
        return total
    count = ops.sum(weights, 1, keep=True)
    return ops.divide(total, ops.sqrt(count) if way == "mean_sqrt_len_tokens" else count)


def _weights(ops: Ops, mask: Node, way: Way) -> Node:
    """How much each token counts `(n, s)`."""
    if way not in ("cls", "lasttoken", "weightedmean"):
        return mask
    # as integers, for bf16 knows no odd number over 256
    places = ops.add(ops.steps(mask), ops.constant(1))
    if way == "cls":
        places = ops.subtract(ops.constant(_FAR), places)
    places = ops.multiply(places, ops.whole(mask))
    if way == "weightedmean":
        return ops.real(places)
    return ops.less(ops.subtract(ops.max(places, 1, keep=True), ops.constant(1)), places)
