"""What depends on how far apart two tokens are."""

from __future__ import annotations

import numpy as np

from likewise.networks import Array, Node, Ops

__all__ = ["between"]


def between(ops: Ops, table: Array, ids: Node) -> Node:
    """Rows `(s, s, ...)` of a table of 2 * most - 1 distances, row `most - 1 + key - query`, for ids `(n, s)`."""
    steps = ops.steps(ids)
    ahead = ops.subtract(ops.expand(steps, 0), ops.expand(steps, 1))
    zero = ops.constant(np.array(len(table) // 2, dtype=np.int32))
    return ops.gather(ops.constant(table), ops.add(ahead, zero))
