"""Means over queries with the interval that other queries of their kind would give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "interval"]

_TIMES: Final = 2_000
_ENDS: Final = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def interval(values: NDArray[np.float64], seed: int = 0) -> Interval:
    """The mean of values `(q,)`, one a query, with its percentile bootstrap interval; of differences it is paired."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(_TIMES)]
    low, high = np.quantile(means, _ENDS)
    return Interval(float(values.mean()), float(low), float(high))
