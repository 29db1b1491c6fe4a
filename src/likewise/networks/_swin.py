"""Blocks of Swin (Liu et al. 2021, arXiv:2103.14030): attention inside of windows, which every second block shifts.

Maps are square, and windows divide them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.networks import MASKED, Node, Ops, Weights
from likewise.networks._patches import Names, PreNorm
from likewise.types import Vectors

__all__ = ["Block", "merged"]

_EPSILON = 1e-5


@dataclass(frozen=True, slots=True)
class Block:
    """Two blocks of Swin differ in where their windows lie: `shifted` by half of one, or not."""

    weights: Weights
    dim: int
    heads: int
    wide: int
    activation: str
    side: int
    window: int

    def __call__(self, ops: Ops, x: Node, layer: str, shifted: bool) -> Node:
        block = PreNorm(self.weights, self.dim, self.heads, self.wide, self.activation, _EPSILON, _NAMES)
        by = self.window // 2 if shifted and self.side > self.window else 0
        inner = block.norm(ops, x, f"{layer}.layernorm_before")
        mixed = self._back(ops, self._attended(ops, self._cut(ops, inner, by), block, layer, by), by)
        return block.think(ops, ops.add(x, mixed), layer)

    def _cut(self, ops: Ops, x: Node, by: int) -> Node:
        """`(n, side * side, dim)` to windows `(n, windows, window * window, dim)`."""
        many = self.side // self.window
        x = _rolled(ops, ops.reshape(x, (0, self.side, self.side, self.dim)), self.side, by)
        x = ops.reshape(x, (0, many, self.window, many, self.window * self.dim))
        return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4)), (0, many * many, self.window**2, self.dim))

    def _back(self, ops: Ops, x: Node, by: int) -> Node:
        """Windows back to where they were cut from."""
        many = self.side // self.window
        x = ops.reshape(x, (0, many, many, self.window, self.window * self.dim))
        x = ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4)), (0, self.side, self.side, self.dim))
        return ops.reshape(_rolled(ops, x, self.side, self.side - by if by else 0), (0, self.side**2, self.dim))

    def _attended(self, ops: Ops, x: Node, block: PreNorm, layer: str, by: int) -> Node:
        """Attention inside of each window; windows and heads are one axis, so that one bias holds for all items."""
        many, size = (self.side // self.window) ** 2, self.window**2
        scale = np.float32((self.dim // self.heads) ** -0.5)
        found: list[Node] = []
        for part, factor in (("query", scale), ("key", np.float32(1)), ("value", np.float32(1))):
            name = f"{layer}.attention.self.{part}"
            weight, bias = (
                self.weights(f"{name}.weight", self.dim, self.dim),
                self.weights.optional(f"{name}.bias", self.dim),
            )
            made = ops.linear(x, weight * factor, None if bias is None else bias * factor)
            made = ops.transpose(ops.reshape(made, (0, many, size, self.heads, -1)), (0, 1, 3, 2, 4))
            found.append(ops.reshape(made, (0, many * self.heads, size, -1)))
        rows = (2 * self.window - 1) ** 2
        table = self.weights(f"{layer}.attention.self.relative_position_bias_table", rows, self.heads)
        bias = table[_apart(self.window)].transpose(2, 0, 1)[None] + _split(self.side, self.window, by)[:, None]
        query, key, value = found
        mixed = ops.attention(
            query, key, value, ops.constant(bias.reshape(1, many * self.heads, size, size).astype(np.float32))
        )
        mixed = ops.transpose(ops.reshape(mixed, (0, many, self.heads, size, -1)), (0, 1, 3, 2, 4))
        mixed = ops.reshape(mixed, (0, many, size, self.dim))
        return ops.linear(mixed, *block.branch(layer, "attention.output.dense", "", self.dim))


_NAMES = Names()


def merged(ops: Ops, x: Node, side: int, weights: Weights, name: str, width: int) -> Node:
    """Four neighbours to one state of twice the width, `(n, side * side / 4, 2 * width)`."""
    x = ops.reshape(x, (0, side, side, width))
    near = [ops.slice(ops.slice(x, 1, row, None, 2), 2, column, None, 2) for column in (0, 1) for row in (0, 1)]
    x = ops.reshape(ops.concat(near, 3), (0, side * side // 4, 4 * width))
    x = ops.layer_norm(x, *weights.norm(f"{name}.norm", 4 * width), _EPSILON)
    return ops.linear(x, weights(f"{name}.reduction.weight", 2 * width, 4 * width))


def _rolled(ops: Ops, x: Node, side: int, by: int) -> Node:
    """x `(n, side, side, dim)` with the first `by` rows and columns moved to the end."""
    for axis in (1, 2) if by else ():
        x = ops.concat([ops.slice(x, axis, by, side), ops.slice(x, axis, 0, by)], axis)
    return x


def _apart(window: int) -> NDArray[np.int64]:
    """The row of the table of biases for every two places of a window, `(window ** 2, window ** 2)`."""
    rows, columns = np.divmod(np.arange(window**2), window)
    down, across = (places[:, None] - places[None, :] + window - 1 for places in (rows, columns))
    return np.asarray(down * (2 * window - 1) + across)


def _split(side: int, window: int, by: int) -> Vectors:
    """What keeps apart places of a shifted window that came from opposite edges, `(windows, size, size)`."""
    places = np.arange(side)
    region = (places >= side - window).astype(np.int64) + (places >= side - by) if by else 0 * places
    regions = region[:, None] * 3 + region[None, :]
    many = side // window
    cut = regions.reshape(many, window, many, window).transpose(0, 2, 1, 3).reshape(many**2, window**2)
    return np.where(cut[:, None, :] == cut[:, :, None], 0.0, MASKED).astype(np.float32)
