"""Convolutions with their batch norm folded in, and residual bottlenecks of them (He et al. 2015, arXiv:1512.03385)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from likewise.networks import Node, Ops, Weights
from likewise.types import Vectors

__all__ = ["EPSILON", "Residual", "convolved", "mapped"]

EPSILON: Final = 1e-5
"""What batch norms add to the variance, in torch where nothing else is said."""


def convolved(
    ops: Ops,
    x: Node,
    weights: Weights,
    names: tuple[str, str],
    shape: Sequence[int],
    stride: int = 1,
) -> Node:
    """A convolution without bias and the batch norm behind it, as one convolution.

    `names` are those of the convolution and of the norm, `shape` is (out, in, height, width); the padding keeps sizes.
    """
    kernel = weights(f"{names[0]}.weight", *shape)
    out = shape[0]
    gain, shift, mean, variance = (
        weights(f"{names[1]}.{part}", out) for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale: Vectors = gain / np.sqrt(variance + np.float32(EPSILON))
    pads = [side // 2 for side in shape[2:]]
    folded = kernel * scale[:, None, None, None]
    return ops.convolution(x, folded, shift - mean * scale, stride=[stride] * 2, padding=pads)


@dataclass(frozen=True, slots=True)
class Residual:
    """One residual layer: convolutions and norms by name, and those of the shortcut where sizes change.

    `shapes` are (out, in, height, width) of each; the convolution at place `at` takes the stride.
    """

    weights: Weights
    names: Sequence[tuple[str, str]]
    shapes: Sequence[Sequence[int]]
    shortcut: tuple[str, str] | None
    stride: int
    at: int

    def __call__(self, ops: Ops, x: Node) -> Node:
        beside = x
        if self.shortcut:
            narrow = (self.shapes[-1][0], self.shapes[0][1], 1, 1)
            beside = convolved(ops, x, self.weights, self.shortcut, narrow, self.stride)
        last = len(self.names) - 1
        for place, (names, shape) in enumerate(zip(self.names, self.shapes, strict=True)):
            x = convolved(ops, x, self.weights, names, shape, self.stride if place == self.at else 1)
            x = x if place == last else ops.activation(x, "relu")
        return ops.activation(ops.add(x, beside), "relu")


def mapped(ops: Ops, x: Node) -> Mapping[str, Node]:
    """The outputs of a last map `(n, channels, height, width)`: its mean, and its places as tokens, row by row."""
    mean = ops.mean(x, (2, 3))
    tokens = ops.transpose(ops.reshape(x, (0, 0, -1)), (0, 2, 1))
    return {"embedding": mean, "tokens": tokens, "features": mean}
