"""Hubness: whether a few vectors are among the neighbours of very many others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likewise.errors import InputError
from likewise.metrics._kinds import geometry

__all__ = ["hubness"]


@geometry(low=-float("inf"), high=float("inf"), best=0.0)
def hubness(neighbours: ArrayLike, size: int | None = None) -> float:
    """The skewness of how often each of `size` vectors is a neighbour (Radovanović et al. 2010, S of N_k).

    `neighbours` `(n, k)` int are the rows of the k nearest of every vector, itself left out; below 0: none. Above 1
    hubs are marked. 0 where all are neighbours equally often.
    """
    found = np.asarray(neighbours)
    if found.ndim != 2 or not np.issubdtype(found.dtype, np.integer):
        raise InputError(f"hubness: neighbours {found.shape} of {found.dtype}, wanted whole numbers (n, k)")
    places = len(found) if size is None else size
    if found.size and int(found.max()) >= places:
        raise InputError(f"hubness: a neighbour is row {int(found.max())}, and there are {places} vectors")
    counts = np.bincount(found[found >= 0].ravel(), minlength=places)
    spread = counts.std() if places else 0.0
    return float((((counts - counts.mean()) / spread) ** 3).mean()) if spread else 0.0
