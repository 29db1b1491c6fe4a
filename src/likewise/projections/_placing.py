"""Where a new point belongs on a plane that exists: in the middle of its nearest old neighbours."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.types import Vectors

__all__ = ["among"]

_STEPS: Final = 30
_SAME: Final = 1 - 1e-6


def among(rows: NDArray[np.intp], cosines: Vectors, plane: Vectors) -> Vectors:
    """The weighted geometric median `(m, 2)` of the neighbours `rows (m, k)` on the plane `(n, 2)`.

    The median, not the mean: where neighbours lie on two islands, the mean would lie in the sea between them. A weight
    falls by e where a cosine is below the best by as much as the neighbours are on average. The twin of an old vector
    lands on it. (Weiszfeld's steps; Weiszfeld, "Sur le point pour lequel la somme des distances de n points donnés est
    minimum", 1937.)
    """
    spots = plane[rows].astype(np.float64)
    behind = cosines[:, :1].astype(np.float64) - cosines
    usual = np.maximum(behind.mean(axis=1, keepdims=True), 1e-6)
    weights = np.exp(-behind / usual)
    spread = np.maximum(np.ptp(plane, axis=0).max(initial=0.0) * 1e-6, 1e-12)
    at = (weights[..., None] * spots).sum(axis=1) / weights.sum(axis=1, keepdims=True)
    for _ in range(_STEPS):
        pull = weights / np.maximum(np.linalg.norm(spots - at[:, None], axis=2), spread)
        at = (pull[..., None] * spots).sum(axis=1) / pull.sum(axis=1, keepdims=True)
    twin = cosines[:, 0] >= _SAME
    at[twin] = spots[twin, 0]
    return np.asarray(at, np.float32)
