"""Intervals: what other queries, other pairs or other draws of their kind would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "bootstrapped", "interval", "resampled", "wider", "wilson"]

_TIMES: Final = 2_000
_ENDS: Final = (0.025, 0.975)
_Z: Final = 1.959963984540054

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def interval(values: Floats, seed: int = 0) -> Interval:
    """The mean of values `(q,)`, one a query, with its percentile bootstrap interval; of differences it is paired."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(_TIMES)]
    low, high = np.quantile(means, _ENDS)
    return Interval(float(values.mean()), float(low), float(high))


def wider(units: int) -> float:
    """By how much a bootstrap of so few units, two at least, is too narrow.

    It is t / z at 95 % for units - 1 degrees of freedom (Cornish and Fisher), and n / (n - 1) of the variance.
    """
    free = units - 1
    t = _Z + (_Z**3 + _Z) / (4 * free) + (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / (96 * free**2)
    return t / _Z * sqrt(units / free)


def wilson(hits: float, of: int) -> Interval:
    """A share with its score interval (Wilson 1927), which holds for few cases and for shares near 0 and 1 too."""
    if of == 0:
        return Interval(float("nan"), 0.0, 1.0)
    share, z2 = hits / of, _Z**2 / of
    middle = (share + z2 / 2) / (1 + z2)
    half = _Z * sqrt(share * (1 - share) / of + z2 / (4 * of)) / (1 + z2)
    low = 0.0 if hits == 0 else middle - half  # exactly so; rounding would miss it
    return Interval(share, low, 1.0 if hits == of else middle + half)


def resampled(units: Counts, times: int, seed: int = 0) -> Iterator[Counts]:
    """Weights `(n,)` of n cases in each of `times` bootstrap draws of the units `(n, 2)` that they come from.

    A case whose two units are one is drawn with it; a case of two units, such as a pair of speakers, is drawn as often
    as both are, which allows for cases that share one (Owen, "The pigeonhole bootstrap", 2007), on the wide side.
    """
    rng = np.random.default_rng(seed)
    known, places = np.unique(units, return_inverse=True)
    left, right = places.reshape(units.shape).T
    joined = np.flatnonzero(left != right)
    for _ in range(times):
        drawn = np.bincount(rng.integers(len(known), size=len(known)), minlength=len(known))
        weights = drawn[left]
        weights[joined] *= drawn[right[joined]]
        yield weights


def bootstrapped(
    statistic: Callable[[Counts], Floats], units: Counts, times: int = 1_000, seed: int = 0
) -> tuple[Floats, Floats]:
    """The ends `(s,)` of 95 % percentile intervals of s statistics of weighted cases; NaN draws are passed over.

    The units `(n, 2)` of the cases are drawn anew (`resampled`), not the cases. A statistic that no draw could tell has
    NaN for both ends.
    """
    draws = np.array([statistic(weights) for weights in resampled(units, times, seed) if weights.any()])
    ends = np.full((2, draws.shape[1]), np.nan)
    for at in range(draws.shape[1]):
        told = draws[np.isfinite(draws[:, at]), at]
        if len(told):
            ends[:, at] = np.quantile(told, _ENDS)
    return ends[0], ends[1]
