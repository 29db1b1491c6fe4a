"""The ranks of numbers, those that are equal sharing the mean of theirs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ranks"]


def ranks(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1 `(n,)`, the lowest number first; ties have the mean of the ranks that they take up."""
    _, where, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[where], dtype=np.float64)
