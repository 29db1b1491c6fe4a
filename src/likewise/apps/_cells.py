"""Vectors parted into cells around centroids, so that what is near need be looked for in few of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import faiss
import numpy as np
from numpy.typing import NDArray

from likewise.types import Vectors

__all__ = ["Cells", "Probes", "Rows", "Units"]

_BLOCK: Final = 8_192
_LEARN: Final = 65_536
_ROUNDS: Final = 8
_WIDEST: Final = 32

Rows = NDArray[np.int32]


@final
class Units:
    """Some rows of vectors `(n, dim)`, in an order of their own, scaled to length 1 when they are taken.

    Nothing of the size of the vectors is copied; a zero vector stays zero.
    """

    def __init__(self, vectors: Vectors, rows: NDArray[np.integer] | None = None) -> None:
        self._vectors = vectors
        self.rows = np.arange(len(vectors)) if rows is None else rows
        self.dim = vectors.shape[1]
        self._norms = np.ones(len(self.rows), np.float32)
        for start in range(0, len(self), _BLOCK):
            found = np.linalg.norm(vectors[self.rows[start : start + _BLOCK]], axis=1)
            self._norms[start : start + _BLOCK] = np.where(found == 0, 1, found)

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, at: NDArray[np.integer]) -> Vectors:
        """The unit vectors at some positions `(len(at), dim)`."""
        made: Vectors = self._vectors[self.rows[at]] / self._norms[at, None]
        return made

    def span(self, start: int, size: int = _BLOCK) -> Rows:
        """Positions from `start` on, at most `size`."""
        return np.arange(start, min(start + size, len(self)), dtype=np.int32)


@final
@dataclass(frozen=True, slots=True)
class Probes:
    """For every vector the cells `(n, p)` nearest to it, and how far it stands `(n, p)` from the border of each."""

    cells: Rows
    margins: NDArray[np.float16]


@final
class Cells:
    """Spherical k-means over a sample; a vector belongs to the cell whose centroid has the largest product with it."""

    def __init__(self, units: Units, seed: int) -> None:
        rng = np.random.default_rng(seed)
        count = max(1, min(int(4 * np.sqrt(len(units))), len(units) // 39))
        rows = np.sort(rng.permutation(len(units))[:_LEARN])
        learner = faiss.Kmeans(
            units.dim,
            count,
            niter=_ROUNDS,
            seed=seed,
            spherical=True,
            min_points_per_centroid=1,
            max_points_per_centroid=len(rows),
        )
        learner.train(units.take(rows))
        self.centroids: Vectors = np.asarray(learner.centroids)
        self._index = faiss.IndexFlatIP(units.dim)
        self._index.add(self.centroids)
        products = self.centroids @ self.centroids.T
        squares = np.diag(products)
        self._apart = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * products, 1e-12)).astype(np.float32)

    def probes(self, units: Units) -> Probes:
        """The cells around every vector, its own first.

        Between two cells runs a plane, and all that belongs to the other lies beyond it: so a neighbour within the
        distance d can only lie in cells of a margin up to d.
        """
        width = min(_WIDEST, len(self.centroids))
        cells = np.empty((len(units), width), np.int32)
        margins = np.zeros((len(units), width), np.float16)
        for start in range(0, len(units), _BLOCK):
            at = units.span(start)
            products, found = self._index.search(units.take(at), width)
            cells[at] = found
            margins[at, 1:] = ((products[:, :1] - products) / self._apart[found[:, :1], found])[:, 1:]
        return Probes(cells, margins)
