"""How far a vector stands from others: by its neighbours, by how much denser they stand, by how soon it is cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._neighbours import neighbours
from likewise.errors import MissingLibrary
from likewise.parts import missing
from likewise.types import Vectors

__all__ = ["METHODS", "Method", "Outlying", "outlying"]

Method = Literal["knn", "lof", "isolation"]
METHODS: Final[tuple[Method, ...]] = ("knn", "lof", "isolation")
_TREES: Final = 200


@final
@dataclass(frozen=True, slots=True)
class Outlying:
    """Scores `(n,)`, higher is farther out; the nearest other `(n,)` and its cosine; scores `(m,)` of what is normal.

    The last are those of vectors known to be normal, each judged as if it were new; without such, none.
    """

    scores: NDArray[np.float64]
    nearest: NDArray[np.intp]
    cosines: Vectors
    normal: NDArray[np.float64]


def outlying(units: Vectors, normal: Vectors | None, method: Method, k: int, seed: int) -> Outlying:
    """Scores of unit vectors `(n, dim)` among themselves, or beside vectors known to be normal.

    knn: 1 - the mean cosine with the k nearest. lof: Breunig et al., "LOF: identifying density-based local outliers"
    (2000), by euclidean distance. isolation: Liu et al., "Isolation forest" (2008), 200 trees of scikit-learn.
    """
    k = min(k, len(units if normal is None else normal) - 1)
    cosines, rows = neighbours(units, k, normal, seed)
    if method == "isolation":
        scores, known = _isolated(units, normal, seed)
    elif normal is None:
        scores, known = _among(cosines, rows, method), np.empty(0)
    else:
        there, among = neighbours(normal, k, seed=seed)
        known = _among(there, among, method)
        scores = _beside(cosines, rows, there, among) if method == "lof" else 1 - cosines.mean(axis=1, dtype=np.float64)
    return Outlying(scores, rows[:, 0], cosines[:, 0], known)


def _among(cosines: Vectors, rows: NDArray[np.intp], method: Method) -> NDArray[np.float64]:
    """Scores of vectors by their neighbours among themselves."""
    if method == "lof":
        return _beside(cosines, rows, cosines, rows)
    made: NDArray[np.float64] = 1 - cosines.mean(axis=1, dtype=np.float64)
    return made


def _beside(cosines: Vectors, rows: NDArray[np.intp], there: Vectors, among: NDArray[np.intp]) -> NDArray[np.float64]:
    """The mean density of the neighbours over one's own."""
    reach = _distances(there)[:, -1]
    dense = _density(_distances(there), reach[among])
    own = _density(_distances(cosines), reach[rows])
    made: NDArray[np.float64] = dense[rows].mean(axis=1) / own
    return made


def _distances(cosines: Vectors) -> NDArray[np.float64]:
    made: NDArray[np.float64] = np.sqrt(np.maximum(0, 2 - 2 * cosines.astype(np.float64)))
    return made


def _density(distances: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.float64]:
    """Local reachability density; bounded where all neighbours are copies, as in scikit-learn."""
    made: NDArray[np.float64] = 1 / (np.maximum(distances, reach).mean(axis=1) + 1e-10)
    return made


def _isolated(units: Vectors, normal: Vectors | None, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores of a forest; where it learns what is normal, one half teaches and the other says how new ones score."""
    try:
        from sklearn.ensemble import IsolationForest
    except ModuleNotFoundError as error:
        raise MissingLibrary(f"the method isolation needs {missing(error)}; knn and lof need nothing") from error
    forest = IsolationForest(n_estimators=_TREES, random_state=seed)
    if normal is None:
        return -forest.fit(units).score_samples(units), np.empty(0)
    order = np.random.default_rng(seed).permutation(len(normal))
    taught, kept = np.array_split(order, 2)
    forest.fit(normal[taught])
    return -forest.score_samples(units), -forest.score_samples(normal[kept])
