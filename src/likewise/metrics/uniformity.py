"""Uniformity: how evenly vectors are spread over the sphere."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likewise.metrics._kinds import geometry
from likewise.metrics._units import units

__all__ = ["uniformity"]

_ROWS = 1024  # of the matrix of distances, held at a time


@geometry(low=-8.0, high=0.0, best=-8.0)
def uniformity(vectors: ArrayLike, t: float = 2.0) -> float:
    """log of the mean of exp(-t * distance**2) over all pairs of vectors `(n, dim)`; the lower, the more even.

    The bound of -8 is that of t 2 (Wang, Isola 2020, arXiv 2005.10242). Raises InputError for fewer than two vectors.
    """
    rows = units(vectors, "uniformity", least=2)
    total = 0.0
    for at in range(0, len(rows), _ROWS):
        cosines = rows[at : at + _ROWS] @ rows[at:].T
        total += float(np.exp(-2 * t * (1 - cosines))[np.triu_indices(len(cosines), 1, cosines.shape[1])].sum())
    return float(np.log(total / (len(rows) * (len(rows) - 1) / 2)))
