"""The original rows of a vector index, mapped from disk, and exact search over all or some of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import faiss
import numpy as np
from numpy.typing import NDArray

from likewise.stores._vfiles import Manifest, refusal
from likewise.stores._vfound import Found, Ids, Selection, top
from likewise.types import Vectors

__all__ = ["Rows"]

_products_by_position: Any = vars(faiss)["fvec_inner_products_by_idx"]  # missing from the types that FAISS ships

_BLOCK = 8192


@final
class Rows:
    """Ids `(n,)` and vectors `(n, dim)` float32 of an index, by position."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        count, self.dim = manifest.count, manifest.dim
        self.ids: Ids = _map(directory, manifest, "ids", (count,), np.dtype("<i8"))
        self._path = directory / manifest.files["vectors"].name if "vectors" in manifest.files else directory
        self.vectors: Vectors = _map(directory, manifest, "vectors", (count, self.dim), np.dtype("<f4"))

    def __len__(self) -> int:
        return len(self.ids)

    def blocks(self) -> Iterator[tuple[int, Vectors]]:
        """All rows, with the position of each block's first; read, for pages of a mapped file would stay in memory."""
        with self._path.open("rb") as file:
            for start in range(0, len(self), _BLOCK):
                count = min(_BLOCK, len(self) - start)
                yield start, np.fromfile(file, "<f4", count * self.dim).reshape(count, self.dim)

    def sample(self, positions: Ids) -> Vectors:
        """The rows at these positions, ascending, read from front to back."""
        bounds = (
            (start, block, np.searchsorted(positions, (start, start + len(block)))) for start, block in self.blocks()
        )
        return np.concatenate([block[positions[low:high] - start] for start, block, (low, high) in bounds])

    def search(self, query: Vectors, k: int, allowed: Selection | None) -> Found:
        """The k nearest allowed rows, exactly."""
        if allowed is not None and allowed.count < len(self):
            best, scores = self.best(query, k, allowed.positions)
            return Found(self.ids[best], scores, "exact", allowed.count, 1.0)
        cosines = self.vectors @ query
        order = top(cosines, self.ids, k)
        return Found(self.ids[order], cosines[order], "exact", len(self), 1.0)

    def best(self, query: Vectors, k: int, positions: Ids) -> tuple[Ids, Vectors]:
        """The k of these positions that are nearest, with their cosines, best first."""
        cosines = np.empty(len(positions), np.float32)
        if len(positions):  # in place: to gather the rows first costs numpy three times as long
            given = [faiss.swig_ptr(array) for array in (cosines, query, self.vectors, positions)]
            _products_by_position(*given, self.dim, 1, len(positions))
        order = top(cosines, positions, k)
        return positions[order], cosines[order]


def _map(directory: Path, manifest: Manifest, role: str, shape: tuple[int, ...], kind: np.dtype[Any]) -> NDArray[Any]:
    if role not in manifest.files:
        raise refusal(directory, f"its manifest names no {role}")
    stamp = manifest.files[role]
    if stamp.bytes != int(np.prod(shape)) * kind.itemsize:
        raise refusal(directory, f"{stamp.name} has {stamp.bytes} bytes for {shape} {kind}")
    if not stamp.bytes:
        return np.empty(shape, kind)  # an empty file cannot be mapped
    return np.asarray(np.memmap(directory / stamp.name, kind, "r", shape=shape))
