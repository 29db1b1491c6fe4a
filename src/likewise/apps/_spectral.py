"""Coordinates in which a random walk from neighbour to neighbour is near where it began: groups become compact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._neighbours import neighbours
from likewise.types import Vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Walk", "spread", "walk"]

_NEAR: Final = 15
_KEPT: Final = 0.9
"""Eigenvalues above this are kept: each stands for a division that a step of the walk crosses at most so often."""
_FIRST, _MOST = 32, 128
_LEAST: Final = 2
_WHOLE: Final = 400
_STEPS: Final = 30

Floats = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Walk:
    """Coordinates `(n, m)`, and the chance `(n, n)`, sparse, of a step from each point to each."""

    coordinates: Floats
    steps: csr_matrix


def walk(units: Vectors, seed: int) -> Walk:
    """The graph of the 15 nearest neighbours of unit vectors `(n, dim)`, weighted by cosine, and its eigenvectors.

    Belkin, Niyogi, "Laplacian eigenmaps" (2003), with as many dimensions as the graph has slow divisions.
    """
    from scipy import sparse

    near = max(2, min(_NEAR, len(units) // 4))
    cosines, rows = neighbours(units, near, seed=seed)
    at = np.repeat(np.arange(len(units)), near)
    weights = np.maximum(cosines.ravel().astype(np.float64), 1e-6)
    graph: Any = sparse.csr_matrix((weights, (at, rows.ravel())), shape=(len(units), len(units)))
    graph = graph.maximum(graph.T).tocsr()
    degrees = np.asarray(graph.sum(axis=1)).ravel()
    scale = sparse.diags(1 / np.sqrt(degrees))
    values, vectors = _slowest((scale @ graph @ scale).tocsr())
    kept = max(_LEAST + 1, int((values > _KEPT).sum()))
    coordinates = vectors[:, :kept] / np.sqrt(degrees)[:, None]
    deviations = coordinates.std(axis=0)
    moving = deviations > 1e-9 * np.abs(coordinates).max(axis=0)  # the slowest of all goes nowhere: it is constant
    return Walk(coordinates[:, moving] / deviations[moving], (sparse.diags(1 / degrees) @ graph).tocsr())


def _slowest(normal: csr_matrix) -> tuple[Floats, Floats]:
    """The largest eigenvalues, as many as are worth keeping, and their vectors."""
    from scipy.sparse.linalg import eigsh

    size: int = normal.shape[0]
    if size <= _WHOLE:
        values, vectors = np.linalg.eigh(normal.toarray())
        return values[::-1], vectors[:, ::-1]
    count = _FIRST
    while True:
        values, vectors = eigsh(normal, k=count + 1, v0=np.full(size, size**-0.5), tol=1e-6)
        if values.min() <= _KEPT or count >= _MOST:
            order = np.argsort(-values)
            return values[order], vectors[:, order]
        count *= 2


def spread(steps: csr_matrix, groups: NDArray[np.int64], count: int) -> Floats:
    """For every point the chance `(n, count)` that a walk from it first meets each group; -1 belongs to none yet.

    Zhu, Ghahramani, Lafferty, "Semi-supervised learning using Gaussian fields" (2003), by 30 steps.
    """
    known = groups >= 0
    start = np.zeros((len(groups), count))
    start[np.flatnonzero(known), groups[known]] = 1
    chances = start
    for _ in range(_STEPS):
        chances = np.asarray(steps @ chances)
        chances[known] = start[known]
    return chances
