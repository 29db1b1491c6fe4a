"""The nearest neighbours of unit vectors: exact, or in large sets through cells."""

from __future__ import annotations

from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from likewise.types import Vectors

__all__ = ["neighbours", "without"]

_EXACT: Final = 100_000
_CELLS: Final = 1_024
_LOOKED: Final = 64
_BLOCK: Final = 8_192


def neighbours(
    units: Vectors, k: int, others: Vectors | None = None, seed: int = 0
) -> tuple[Vectors, NDArray[np.intp]]:
    """Cosines `(n, k)`, largest first, and rows `(n, k)` of the nearest of `others`, or of the rest of `units`.

    Where there are fewer than k the last is repeated. Above 100,000 vectors 64 of 1,024 cells are searched.
    """
    held = units if others is None else others
    index = _index(held, seed)
    wanted = min(k + (others is None), len(held))
    cosines = np.empty((len(units), k), np.float32)
    rows = np.empty((len(units), k), np.intp)
    for start in range(0, len(units), _BLOCK):
        end = min(start + _BLOCK, len(units))
        found, at = index.search(units[start:end], wanted)
        if others is None:
            found, at = without(found, at, np.arange(start, end))
        last = np.minimum(np.arange(k), found.shape[1] - 1)
        cosines[start:end], rows[start:end] = found[:, last], at[:, last]
    return np.clip(cosines, -1, 1), rows


def _index(held: Vectors, seed: int) -> faiss.Index:
    flat = faiss.IndexFlatIP(held.shape[1])
    if len(held) <= _EXACT:
        flat.add(np.ascontiguousarray(held))
        return flat
    index = faiss.IndexIVFFlat(flat, held.shape[1], _CELLS, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.spherical = seed, True
    index.train(np.ascontiguousarray(held[np.random.default_rng(seed).permutation(len(held))[: 64 * _CELLS]]))
    index.add(np.ascontiguousarray(held))
    index.nprobe = _LOOKED
    return index


def without(found: Vectors, at: NDArray[np.intp], own: NDArray[np.intp]) -> tuple[Vectors, NDArray[np.intp]]:
    """Rows without themselves; where a crowd of copies hid it, without the last."""
    keep = at != own[:, None]
    keep[keep.all(axis=1), -1] = False
    size = at.shape[1] - 1
    return found[keep].reshape(len(own), size), at[keep].reshape(len(own), size)
