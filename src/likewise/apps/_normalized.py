"""Vectors of length 1."""

from __future__ import annotations

import numpy as np

from likewise.types import Vectors

__all__ = ["normalized"]


def normalized(vectors: Vectors) -> Vectors:
    """Vectors `(..., dim)` scaled to length 1; one of zeros stays zero, one of NaN stays NaN."""
    made: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32(1e-12))
    return made
