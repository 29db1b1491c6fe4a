"""How well items fit what somebody liked and disliked."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.types import Vectors

__all__ = ["scores"]

Floats = NDArray[np.float64]
_NEAREST: Final = 3
"""Liked items by which one is judged: those nearest to it, so that several tastes do not become their middle."""
_AWAY: Final = 0.5
"""What the nearest disliked item takes away, as a share of its cosine."""


def scores(units: Vectors, liked: Vectors, weights: Floats, disliked: Vectors) -> tuple[Floats, Floats]:
    """The score of every row `(n,)`, and what each liked one adds to it `(n, liked)`.

    A row scores the weighted mean of its three greatest weighted cosines with liked ones, less half of that with the
    nearest disliked one; `weights` `(liked,)` are 1 for the newest and less for what is long ago.
    """
    near = (units @ liked.T).astype(np.float64) * weights
    most = min(_NEAREST, near.shape[1])
    least = np.partition(near, near.shape[1] - most, axis=1)[:, -most]
    parts = np.where(near >= least[:, None], near, 0.0) / most
    found = parts.sum(axis=1)
    if len(disliked):
        found = found - _AWAY * np.maximum((units @ disliked.T).max(axis=1), 0)
    return found, parts
