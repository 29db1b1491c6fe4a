"""How far two sets of vectors of the same texts agree: cosines, neighbours, norms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.types import Vectors

__all__ = ["Norms", "Ranks", "Spread", "cosines", "norms", "ranks", "spread"]

Numbers = NDArray[np.float64]

_MOST: Final = 512  # texts whose neighbours are looked up
_BLOCK: Final = 64  # of them at a time
_TIE: Final = 1e-6  # cosines as near as this have no order


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution: its least value, 1st and 5th percentile, median and mean."""

    least: float
    p01: float
    p05: float
    median: float
    mean: float


@dataclass(frozen=True, slots=True)
class Norms:
    """The lengths of vectors."""

    least: float
    mean: float
    largest: float


@dataclass(frozen=True, slots=True)
class Ranks:
    """Whether two sides order the other texts alike, seen from each of `texts` texts.

    `overlap` is the mean share of one side's `k` nearest that are among the other's, `least_overlap` the smallest and
    `least_at` its row; `nearest` is the share whose nearest is the same, `spearman` the mean rank correlation of all
    similarities. A text within 1e-6 of the k-th nearest is as near as that.
    """

    k: int
    texts: int
    overlap: float
    least_overlap: float
    least_at: int
    nearest: float
    spearman: float


def cosines(a: Vectors, b: Vectors) -> Numbers:
    """Cosines `(n,)` of the rows of a and b, both `(n, dim)`; two vectors of length zero agree, one and another not."""
    left, right = _unit(a), _unit(b)
    found: Numbers = np.clip((left * right).sum(axis=1), -1.0, 1.0)
    found[~left.any(axis=1) & ~right.any(axis=1)] = 1.0
    return found


def spread(values: Numbers) -> Spread:
    """The distribution of one value or more."""
    p01, p05, median = np.quantile(values, [0.01, 0.05, 0.5]).tolist()
    return Spread(float(values.min()), p01, p05, median, float(values.mean()))


def norms(vectors: Vectors) -> Norms:
    """The lengths of one vector or more."""
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    return Norms(float(lengths.min()), float(lengths.mean()), float(lengths.max()))


def ranks(a: Vectors, b: Vectors, k: int = 10) -> Ranks | None:
    """Compare the neighbours among n texts, seen from each or from 512 of them; None for fewer than three.

    a and b are `(n, dim)`, their dimensions may differ; k is n - 1 at most.
    """
    n = len(a)
    if n < 3:
        return None
    k = min(k, n - 1)
    rows = np.sort(np.random.default_rng(0).permutation(n)[:_MOST])
    found = np.array(list(_compared(_unit(a), _unit(b), rows, k)))
    worst = int(found[:, 0].argmin())
    overlap, nearest, spearman = found.mean(axis=0).tolist()
    return Ranks(k, len(rows), overlap, float(found[worst, 0]), int(rows[worst]), nearest, spearman)


def _compared(a: Numbers, b: Numbers, rows: NDArray[np.int64], k: int) -> Iterator[tuple[float, float, float]]:
    """For every row: overlap of the k nearest, whether the nearest is one, rank correlation."""
    for start in range(0, len(rows), _BLOCK):
        some = rows[start : start + _BLOCK]
        for row, near, far in zip(some, a[some] @ a.T, b[some] @ b.T, strict=True):
            others = np.arange(len(a)) != row
            left, right = near[others], far[others]
            yield _overlap(left, right, k), _overlap(left, right, 1), _spearman(left, right)


def _overlap(a: Numbers, b: Numbers, k: int) -> float:
    """The share of the k nearest by b that are no farther by a than its own k-th; ties of `a` are equals."""
    by_b = np.argpartition(-b, k - 1)[:k]
    kth = np.partition(a, len(a) - k)[len(a) - k]
    return float((a[by_b] >= kth - _TIE).mean())


def _spearman(a: Numbers, b: Numbers) -> float:
    """The correlation of ranks; of two that order nothing 1, of one that does not and one that does 0."""
    left, right = _ranked(a), _ranked(b)
    left, right = left - left.mean(), right - right.mean()
    scale = float(np.sqrt((left @ left) * (right @ right)))
    return float(left @ right) / scale if scale else float(left.any() == right.any())


def _ranked(values: Numbers) -> Numbers:
    """Ranks from 0; equal values share the middle of theirs."""
    order = np.argsort(values, kind="stable")
    group = np.cumsum(np.diff(values[order], prepend=values[order[0]]) > 0)
    middle = np.bincount(group, weights=np.arange(len(values))) / np.bincount(group)
    found = np.empty(len(values))
    found[order] = middle[group]
    return found


def _unit(vectors: Vectors) -> Numbers:
    """Rows of length one in float64; a row of zeros stays one."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    units: Numbers = np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0)
    return units
