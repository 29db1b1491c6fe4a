"""Clusters of unit vectors and how sure each point is of its own: by density, or by k-means of a stable number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._neighbours import neighbours
from likewise.apps._spectral import spread, walk
from likewise.errors import MissingLibrary
from likewise.parts import find, missing
from likewise.types import Vectors

__all__ = ["Grouping", "by_density", "by_means"]

_LEARN: Final = 30_000
_SURE: Final = 0.5
_SMEAR: Final = 0.01
"""Noise on coordinates whose spread is 1: a group that no neighbour leaves lies in one spot, where density has no end
and every grain would be a cluster of its own."""
_VOTES: Final = 10
_HALVES: Final = 10_000
_ROUNDS, _AGAIN, _PAIRS = 100, 3, 4
_LARGEST: Final = 128

Groups = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class Grouping:
    """The cluster of every point, -1 for none, and how sure it is of it, from 0 to 1.

    `stability` is k-means' agreement with itself, number of clusters -> adjusted Rand index; empty for others.
    """

    groups: Groups
    sure: NDArray[np.float64]
    stability: tuple[tuple[int, float], ...] = ()


def by_density(units: Vectors, smallest: int, seed: int) -> Grouping:
    """HDBSCAN (Campello, Moulavi, Sander 2013) in spectral coordinates, and what a random walk makes of the rest.

    Points that are in no dense place go to the cluster that a walk from neighbour to neighbour meets first in more
    than half of all cases, and stay apart where there is none. Of more than 30,000 points a sample of so many is
    divided, and the others go with the most of their ten nearest in it.
    """
    library = _library()
    rng = np.random.default_rng(seed)
    taught = np.sort(rng.permutation(len(units))[:_LEARN])
    some = units[taught]
    made = walk(some, seed)
    least = max(2, round(smallest * len(some) / len(units)))
    model = library.HDBSCAN(min_cluster_size=least, min_samples=min(_VOTES, least), copy=True)
    smeared = made.coordinates + _SMEAR * rng.standard_normal(made.coordinates.shape)
    dense = np.asarray(model.fit_predict(smeared), np.int64)
    count = int(dense.max(initial=-1)) + 1
    if count == 0:
        return Grouping(np.full(len(units), -1), np.zeros(len(units)))
    chances = spread(made.steps, dense, count)
    whole = np.empty((len(units), count))
    whole[taught] = chances
    rest = np.setdiff1d(np.arange(len(units)), taught)
    if len(rest):
        _, near = neighbours(units[rest], _VOTES, some, seed)
        whole[rest] = chances[near].mean(axis=1)
    best, sure = whole.argmax(axis=1), whole.max(axis=1)
    return Grouping(np.where(sure > _SURE, best, -1), sure)


def _library() -> Any:
    try:
        import sklearn.cluster
    except ModuleNotFoundError as error:
        raise MissingLibrary(f"clusters need {missing(error)}") from error
    return sklearn.cluster


def by_means(units: Vectors, count: int | None, seed: int) -> Grouping:
    """k-means++; the number of clusters, where none is given, is the one that comes out the same again.

    For each number two halves (of at most 10,000 points) are divided apart from each other, four times, and both divide
    all points: the mean agreement (adjusted Rand index) is its stability (Lange et al., "Stability-based validation",
    2004). Chosen is the largest number whose stability is within a standard error of the best. How sure a point is: 0
    on the border with the next cluster, 1 in the centre of its own. A point stands apart where it is farther from its
    centre than three interquartile ranges above the third quartile of its cluster.
    """
    stability: list[tuple[int, float]] = []
    if count is None:
        count, stability = _stable(units, seed)
    apart = _apart(units, _means(_library(), units, count, seed, _AGAIN))
    groups = apart.argmin(axis=1)
    least = np.sort(apart, axis=1)[:, :2]
    sure = 1 - np.sqrt(least[:, 0] / np.maximum(least[:, 1], 1e-12)) if count > 1 else np.ones(len(units))
    return Grouping(np.where(_far(least[:, 0], groups), -1, groups), sure, tuple(stability))


def _apart(units: Vectors, centres: Vectors) -> NDArray[np.float64]:
    """Squared distances `(n, k)` of unit vectors from centres."""
    found: NDArray[np.float64] = (1 + (centres**2).sum(axis=1) - 2 * (units @ centres.T)).astype(np.float64)
    return np.maximum(found, 0)


def _far(distances: NDArray[np.float64], groups: Groups) -> NDArray[np.bool_]:
    far = np.zeros(len(groups), bool)
    for one in np.unique(groups):
        held = groups == one
        low, high = np.quantile(distances[held], [0.25, 0.75])
        far[held] = distances[held] > high + 3 * (high - low)
    return far


def _stable(units: Vectors, seed: int) -> tuple[int, list[tuple[int, float]]]:
    agree, library = find("metrics", "ari"), _library()
    rng = np.random.default_rng(seed)
    some = units[rng.permutation(len(units))[:_HALVES]]
    found: list[tuple[int, float]] = []
    errors: list[float] = []
    for count in _numbers(len(some)):
        scores = []
        for again in range(_PAIRS):
            halves = np.array_split(rng.permutation(len(some)), 2)
            made = [_means(library, some[half], count, seed + again, 1) for half in halves]
            one, other = (_apart(some, centres).argmin(axis=1) for centres in made)
            scores.append(float(agree(one, other)))
        found.append((count, float(np.mean(scores))))
        errors.append(float(np.std(scores, ddof=1) / np.sqrt(_PAIRS)))
    best = max(range(len(found)), key=lambda at: found[at][1])
    fair = found[best][1] - errors[best]
    return max(count for count, score in found if score >= fair), found


def _numbers(size: int) -> list[int]:
    """Numbers of clusters to be tried, each a quarter larger than the one before."""
    most = max(2, min(_LARGEST, size // 20))
    made = [2]
    while made[-1] < most:
        made.append(min(most, max(made[-1] + 1, round(made[-1] * 1.25))))
    return made


def _means(library: Any, units: Vectors, count: int, seed: int, again: int) -> Vectors:
    model = library.KMeans(count, n_init=again, random_state=seed, max_iter=_ROUNDS)
    return np.asarray(model.fit(units).cluster_centers_, np.float32)
