"""The original rows of a vector index, mapped from disk, and exact search over all or some of them."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import faiss
import numpy as np

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
        self._path, self._mapping = _mapped(directory, manifest, "vectors", 4 * count * self.dim)
        self.vectors: Vectors = np.frombuffer(self._mapping, "<f4").reshape(count, self.dim)
        self.ids: Ids = np.frombuffer(_mapped(directory, manifest, "ids", 8 * count)[1], "<i8")

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

    def forget(self) -> None:
        """Give back the pages that scattered reads have mapped, sixteen for each one touched."""
        if isinstance(self._mapping, mmap.mmap) and sys.platform != "win32":
            self._mapping.madvise(mmap.MADV_DONTNEED)

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


def _mapped(directory: Path, manifest: Manifest, role: str, size: int) -> tuple[Path, mmap.mmap | bytes]:
    """The file of a role and its contents, mapped; CollectionError unless it is of this size."""
    if role not in manifest.files:
        raise refusal(directory, f"its manifest names no {role}")
    stamp = manifest.files[role]
    if stamp.bytes != size:
        raise refusal(directory, f"{stamp.name} has {stamp.bytes} bytes, {size} belong to {manifest.count} rows")
    path = directory / stamp.name
    if not size:
        return path, b""  # an empty file cannot be mapped
    with path.open("rb") as file:
        return path, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
