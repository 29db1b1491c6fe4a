"""What depends on how far apart two tokens are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from likewise.networks import Array, Node, Ops

__all__ = ["between", "buckets"]


def between(ops: Ops, table: Array, ids: Node) -> Node:
    """Rows `(s, s, ...)` of a table of 2 * most - 1 distances, row `most - 1 + key - query`, for ids `(n, s)`."""
    steps = ops.steps(ids)
    ahead = ops.subtract(ops.expand(steps, 0), ops.expand(steps, 1))
    zero = ops.constant(np.array(len(table) // 2, dtype=np.int32))
    return ops.gather(ops.constant(table), ops.add(ahead, zero))


def buckets(positions: int, count: int, farthest: int) -> NDArray[np.int64]:
    """The bucket of every distance from query to key, from 1 - positions to positions - 1 (T5, arXiv:1910.10683).

    Half of the `count` buckets look ahead; near distances have one each, those up to `farthest` share the others.
    """
    ahead = np.arange(1 - positions, positions)
    half, exact = count // 2, count // 4
    far = np.maximum(np.abs(ahead), 1).astype(np.float32) / np.float32(exact)
    steps = np.log(far) / np.float32(math.log(farthest / exact)) * np.float32(half - exact)
    coarse = np.minimum(exact + steps.astype(np.int64), half - 1)
    chosen: NDArray[np.int64] = np.where(np.abs(ahead) < exact, np.abs(ahead), coarse) + half * (ahead > 0)
    return chosen
