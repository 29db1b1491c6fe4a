"""The original rows of a vector index, mapped from disk, and exact search over all or some of them."""

from __future__ import annotations

from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from likewise.stores._vfiles import Manifest, refusal
from likewise.stores._vfound import Found, Ids, Selection, top
from likewise.types import Vectors

__all__ = ["Rows"]

_BLOCK = 1 << 22  # numbers looked at together: 16 MB of float32


@final
class Rows:
    """Ids `(n,)` and vectors `(n, dim)` float32 or float16 of an index, by position."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.dim = manifest.dim
        count, kind = manifest.count, np.dtype(manifest.dtype)
        self.ids: Ids = _map(directory, manifest, "ids", (count,), np.dtype(np.int64))
        self.vectors: NDArray[np.floating] = _map(directory, manifest, "vectors", (count, self.dim), kind)

    def __len__(self) -> int:
        return len(self.ids)

    def scores(self, query: Vectors, positions: NDArray[np.int64]) -> Vectors:
        """Cosines `(n,)` of the query with the rows at these positions."""
        scores = np.empty(len(positions), np.float32)
        step = max(1, _BLOCK // self.dim)
        for start in range(0, len(positions), step):
            rows = self.vectors.take(positions[start : start + step], axis=0)
            np.matmul(rows.astype(np.float32, copy=False), query, out=scores[start : start + step])
        return scores

    def search(self, query: Vectors, k: int, allowed: Selection | None) -> Found:
        """The k nearest allowed rows, exactly."""
        if allowed is not None and allowed.count < len(self):
            positions = allowed.positions
            scores = self.scores(query, positions)
            order = top(scores, positions, k)
            return Found(self.ids[positions[order]], scores[order], "exact", len(positions), 1.0)
        scores = self._all(query)
        places = top(scores, self.ids, k)
        return Found(self.ids[places], scores[places], "exact", len(self), 1.0)

    def _all(self, query: Vectors) -> Vectors:
        scores = np.empty(len(self), np.float32)
        step = max(1, _BLOCK // self.dim)
        for start in range(0, len(self), step):
            rows = self.vectors[start : start + step].astype(np.float32, copy=False)
            np.matmul(rows, query, out=scores[start : start + step])
        return scores


def _map(directory: Path, manifest: Manifest, role: str, shape: tuple[int, ...], kind: np.dtype) -> NDArray:  # type: ignore[type-arg]
    if role not in manifest.files:
        raise refusal(directory, f"its manifest names no {role}")
    stamp = manifest.files[role]
    if stamp.bytes != int(np.prod(shape)) * kind.itemsize:
        raise refusal(directory, f"{stamp.name} has {stamp.bytes} bytes for {shape} {kind}")
    if not stamp.bytes:
        return np.empty(shape, kind)  # an empty file cannot be mapped
    return np.memmap(directory / stamp.name, kind, "r", shape=shape)
