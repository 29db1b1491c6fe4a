"""Images of one number a pixel, resized in floats."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from likewise.errors import InputError
from likewise.types import Vectors

__all__ = ["checked", "squared"]


def checked(content: Any, what: str) -> Vectors:
    """Numbers `(height, width)` float32. Raises InputError for anything else, or where none is a number."""
    if not isinstance(content, np.ndarray) or content.ndim != 2 or content.dtype.kind not in "fiu" or not content.size:
        told = f"{content.dtype} {content.shape}" if isinstance(content, np.ndarray) else type(content).__name__
        raise InputError(f"{what} is an array (height, width) of numbers, this one is {told}")
    numbers = np.asarray(content, dtype=np.float32)
    if not np.isfinite(numbers).any():
        raise InputError(f"{what} holds no number that is finite")
    return numbers


def squared(numbers: Vectors, side: int, kind: Image.Resampling) -> Vectors:
    """The middle `(side, side)` after the shorter edge was brought to `side`."""
    height, width = numbers.shape
    short = min(height, width)
    tall, wide = (max(side, int(side * edge / short)) for edge in (height, width))
    image = Image.fromarray(numbers)
    resized = np.asarray(image if (tall, wide) == (height, width) else image.resize((wide, tall), kind))
    top, left = round((tall - side) / 2), round((wide - side) / 2)
    return np.ascontiguousarray(resized[top : top + side, left : left + side])
