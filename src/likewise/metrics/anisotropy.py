"""Anisotropy: how far all vectors point one way."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likewise.metrics._kinds import geometry
from likewise.metrics._units import units

__all__ = ["anisotropy"]


@geometry(low=-1.0, high=1.0, best=0.0)
def anisotropy(vectors: ArrayLike) -> float:
    """The mean cosine of all pairs of vectors `(n, dim)` (Ethayarajh 2019); near 0 where they point every way.

    Raises InputError for fewer than two vectors.
    """
    rows = units(vectors, "anisotropy", least=2)
    whole = float(np.square(rows.sum(axis=0)).sum())  # every pair twice, and every row with itself
    return (whole - len(rows)) / (len(rows) * (len(rows) - 1))
