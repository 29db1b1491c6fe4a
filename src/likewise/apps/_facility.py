"""Representatives: a few rows near which everything lies (facility location, greedily).

Every greedy choice is worth at least 1 - 1/e of the best one (Nemhauser, Wolsey and Fisher 1978); for summaries Lin and
Bilmes, "A class of submodular functions for document summarization" (2011).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.types import Vectors

__all__ = ["MOST", "representatives"]

MOST: Final = 4096
"""Rows that are compared with each other at most; of more, so many are drawn."""


def representatives(units: Vectors, k: int, seed: int = 0) -> NDArray[np.int64]:
    """Up to k rows of `units` `(n, dim)`, of length 1, in the order in which they were chosen.

    Each adds most to the sum over all rows of their cosine with the nearest one chosen, negative ones counting as 0. Of
    more than 4,096 rows that many are drawn, to choose from and to choose for. It ends early where no row adds any.
    """
    rng = np.random.default_rng(seed)
    rows = np.arange(len(units)) if len(units) <= MOST else np.sort(rng.choice(len(units), MOST, replace=False))
    some = units[rows]
    near = np.maximum(some @ some.T, 0)  # (candidates, for whom)
    reached = np.zeros(len(rows), dtype=np.float32)
    taken: list[int] = []
    while len(taken) < min(k, len(rows)):
        gains = np.maximum(near - reached, 0).sum(axis=1, dtype=np.float64)
        gains[taken] = -1.0
        at = int(np.argmax(gains))
        if gains[at] <= 1e-6 and taken:
            break
        taken.append(at)
        reached = np.maximum(reached, near[at])
    return rows[np.array(taken, dtype=np.int64)]
