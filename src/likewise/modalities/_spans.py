"""Windows of equal length over a sound, or over the frames made of one."""

from __future__ import annotations

import numpy as np

from likewise.modalities import Array

__all__ = ["windows"]


def windows(values: Array, size: int, hop: int) -> Array:
    """Windows `(n, size, ...)` of values `(t, ...)`, one every `hop`, the last one reaching their end.

    What is shorter than one window is followed by zeros.
    """
    if len(values) < size:
        return np.pad(values, [(0, size - len(values)), *[(0, 0)] * (values.ndim - 1)])[None]
    starts = [*range(0, len(values) - size, hop), len(values) - size]
    return np.moveaxis(np.lib.stride_tricks.sliding_window_view(values, size, axis=0)[starts], -1, 1)
