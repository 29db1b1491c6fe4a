"""Where a sequence of vectors changes its subject: kernel change-point detection (Arlot, Celisse and Harchaoui 2019).

A stretch costs what its unit vectors are scattered around their mean, n - |their sum|^2 / n: the kernel is the cosine.
The cheapest cut into stretches is found exactly by dynamic programming, for each stretch a price being added.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.types import Vectors

__all__ = ["changes", "price"]

_LONGEST: Final = 2000
"""Vectors of a stretch at most, which bounds the time for very long sequences."""
_MOST: Final = 10_000
"""Vectors that can be cut into a number of stretches: what each stretch would cost is held, n^2 / 2 numbers."""
_RATE: Final = 2.2
"""Times the scatter about the mean that a new subject must save (benchmarks/segment.py)."""


def price(units: Vectors, fineness: float = 1.0) -> float:
    """What a stretch costs beside its scatter, for `units` `(n, dim)`; a greater `fineness` makes more stretches.

    The scatter of vectors that follow each other, which is that of one subject, times a constant learned once.
    """
    if not fineness > 0:  # NaN too
        raise InputError(f"fineness is {fineness}, wanted above 0: 1 is usual, 2 cuts finer")
    if len(units) < 2:
        return 0.0
    near = float((units[1:] * units[:-1]).sum(axis=1).mean())
    return _RATE * max(1.0 - near, 1e-6) / fineness


def changes(units: Vectors, cost: float, *, count: int | None = None, shortest: int = 1) -> list[int]:
    """The first rows of stretches but the first one, in order: as few and as even as `cost` a stretch makes best.

    With `count`, as many stretches (fewer only where `shortest` rows each do not fit); of 10,000 rows at most, else
    InputError. Time is quadratic in the rows, up to 2,000 of them a stretch, which without `count` is the longest.
    """
    n = len(units)
    if count is not None:
        if n > _MOST:
            raise InputError(f"{n:,} pieces are too many to be cut by count ({_MOST:,} at most): use fineness")
        return _exactly(units, min(count, max(1, n // shortest)), shortest)
    sums = _sums(units)
    best = np.full(n + 1, np.inf)
    best[0] = -cost
    before = np.zeros(n + 1, dtype=np.int64)
    for end in range(shortest, n + 1):
        starts, costs = _costs(sums, end, shortest)
        total = best[starts] + costs + cost
        at = int(np.argmin(total))
        best[end], before[end] = total[at], starts[at]
    return _back(before, n)


def _exactly(units: Vectors, count: int, shortest: int) -> list[int]:
    n = len(units)
    sums = _sums(units)
    each = [_costs(sums, end, shortest, n)[1] for end in range(shortest, n + 1)]  # of starts from 0
    best = np.full(n + 1, np.inf)
    best[0] = 0.0
    befores = []
    for _ in range(count):
        now = np.full(n + 1, np.inf)
        before = np.zeros(n + 1, dtype=np.int64)
        for end, costs in enumerate(each, shortest):
            total = best[: len(costs)] + costs
            at = int(np.argmin(total))
            now[end], before[end] = total[at], at
        best = now
        befores.append(before)
    cuts, at = [], n
    for before in reversed(befores[1:]):
        at = int(before[at])
        cuts.append(at)
    return cuts[::-1]


def _sums(units: Vectors) -> NDArray[np.float64]:
    """Sums of the rows before each place `(n + 1, dim)`."""
    return np.concatenate([np.zeros((1, units.shape[1])), np.cumsum(units, axis=0, dtype=np.float64)])


def _costs(
    sums: NDArray[np.float64], end: int, shortest: int, longest: int = _LONGEST
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where a stretch that ends at `end` can begin, and its scatter."""
    starts = np.arange(max(0, end - longest), end - shortest + 1)
    lengths = end - starts
    spread = ((sums[end] - sums[starts]) ** 2).sum(axis=1)
    return starts, lengths - spread / lengths


def _back(before: NDArray[np.int64], n: int) -> list[int]:
    cuts = []
    at = int(before[n])
    while at > 0:
        cuts.append(at)
        at = int(before[at])
    return cuts[::-1]
