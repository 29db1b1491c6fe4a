"""Vectors of length 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.errors import InputError

__all__ = ["units"]


def units(vectors: ArrayLike, name: str, least: int = 1) -> NDArray[np.float64]:
    """The directions of vectors `(n, dim)`; InputError for fewer than `least`, a vector of zeros, NaN and infinity."""
    rows = np.asarray(vectors, np.float64)
    if rows.ndim != 2 or len(rows) < least:
        raise InputError(f"{name}: vectors {rows.shape}, wanted (n, dim) with n at least {least}")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise InputError(f"{name}: a vector is zero or not finite and has no direction; leave it out")
    return np.asarray(rows / lengths)
