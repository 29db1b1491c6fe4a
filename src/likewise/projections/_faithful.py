"""How much a plane tells of the vectors that were laid out in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.types import Vectors

__all__ = ["Faithful", "faithful"]

_BLOCK: Final = 64

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Faithful:
    """What was looked at: `k` neighbours of each of m points; the mean of `trust (m,)` is the trustworthiness of the
    plane, the mean of `kept (m,)` the share of neighbours that it keeps."""

    k: int
    trust: Floats
    kept: Floats


def faithful(units: Vectors, plane: Vectors, k: int = 10, most: int = 2_000, seed: int = 0) -> Faithful:
    """Trustworthiness and neighbours kept of a plane `(n, 2)` of unit vectors `(n, dim)`, for at most `most` points.

    Trustworthiness is 1 where all k nearest in the plane are among the k nearest of the vectors, and loses for each
    intruder by its rank there (Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", 2001); its
    mean over all points equals scikit-learn's. Copies share the best of their ranks. k is made less than half of n.
    """
    n = len(units)
    if len(plane) != n:
        raise InputError(f"{n} vectors and {len(plane)} points do not belong together")
    k = min(k, (n - 1) // 2)
    if k < 1:  # two points are each other's neighbours wherever they lie
        return Faithful(0, np.ones(n), np.ones(n))
    looked = np.arange(n) if n <= most else np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
    points = units.astype(np.float64) if n <= most else units  # a sample needs no more digits than it has points
    intruding, kept = np.empty(len(looked)), np.empty(len(looked))
    for start in range(0, len(looked), _BLOCK):
        rows = looked[start : start + _BLOCK]
        ranks = _ranks(points, rows, _nearest(plane, rows, k))
        intruding[start : start + len(rows)] = np.maximum(ranks - k, 0).sum(axis=1)
        kept[start : start + len(rows)] = (ranks <= k).mean(axis=1)
    return Faithful(k, 1 - intruding * 2 / (k * (2 * n - 3 * k - 1)), kept)


def _nearest(plane: Vectors, rows: NDArray[np.intp], k: int) -> NDArray[np.intp]:
    """The k nearest in the plane of some rows, themselves left out, `(rows, k)`."""
    away = plane.astype(np.float64)
    found = np.empty((len(rows), k), np.intp)
    for at, row in enumerate(rows):
        squares = ((away - away[row]) ** 2).sum(axis=1)
        squares[row] = np.inf
        found[at] = np.argpartition(squares, k - 1)[:k]
    return found


def _ranks(points: NDArray[np.floating], rows: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.intp]:
    """Which neighbours the vectors of `others (rows, k)` are to those of `rows`, from 1."""
    near = points[rows] @ points.T - np.einsum("nd,nd->n", points, points) / 2  # falls as the distance grows
    near[np.arange(len(rows)), rows] = -np.inf
    theirs = np.take_along_axis(near, others, axis=1)
    return np.stack([1 + np.count_nonzero(near > one[:, None], axis=1) for one in theirs.T], axis=1)
