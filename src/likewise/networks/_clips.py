"""What networks over video share: frames as they come, cubes of pixels as tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from likewise.networks import Inputs, Node, Ops, Weights

__all__ = ["CLIP", "cubes"]

CLIP: Final[Inputs] = (("clip", "float32", 5),)
"""Frames `(n, t, 3, height, width)`."""


def cubes(ops: Ops, clip: Node, weights: Weights, name: str, dim: int, size: Sequence[int]) -> Node:
    """Tokens `(n, s, dim)` of a clip `(n, t, 3, height, width)` cut into cubes of size (frames, height, width)."""
    kernel, bias = weights(f"{name}.weight", dim, 3, *size), weights(f"{name}.bias", dim)
    x = ops.convolution(ops.transpose(clip, (0, 2, 1, 3, 4)), kernel, bias, stride=size)
    return ops.transpose(ops.reshape(x, (0, dim, -1)), (0, 2, 1))
