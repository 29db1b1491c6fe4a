"""Weights of words for each item, compared by their products."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.space import require
from likewise.types import Report, Space, Vectors

__all__ = ["SparseEmbeddings"]

_BLOCK: Final = 1 << 23  # numbers held at once while items are compared: 32 MiB


@final
@dataclass(frozen=True, slots=True)
class SparseEmbeddings:
    """For each item in the caller's order the words that weigh something in it: rows of a sparse matrix (CSR).

    Row i is `indices` and `values` from `starts[i]` to `starts[i + 1]`, indices ascending, values float32. A failed
    item has an empty row and a report that says why. The matrix has `space.dim` columns, one for each word.
    """

    ids: tuple[str, ...]
    starts: NDArray[np.int64]
    indices: NDArray[np.int32] = field(repr=False)
    values: Vectors = field(repr=False)
    space: Space
    reports: tuple[Report, ...]

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.reports) == len(self.starts) - 1:
            raise InputError(
                f"{len(self.ids)} ids, {len(self.reports)} reports and {len(self.starts)} starts do not belong together"
            )
        if not self.starts[-1] == len(self.indices) == len(self.values):
            raise InputError(
                f"{len(self.indices)} indices and {len(self.values)} values, the rows say {self.starts[-1]}"
            )

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, at: int) -> tuple[NDArray[np.int32], Vectors]:
        """Indices and values of one row."""
        row = range(len(self))[at]
        place = slice(self.starts[row], self.starts[row + 1])
        return self.indices[place], self.values[place]

    @property
    def failed(self) -> tuple[Report, ...]:
        return tuple(r for r in self.reports if not r.ok)

    @property
    def truncated(self) -> tuple[Report, ...]:
        return tuple(r for r in self.reports if r.truncated)

    def dense(self) -> Vectors:
        """The matrix `(n, space.dim)` with its zeros."""
        return self._rows(0, len(self))

    def scores(self, documents: SparseEmbeddings) -> Vectors:
        """Products `(n, m)` of these queries with documents; NaN for an item that failed.

        Raises SpaceError where the two may not be compared.
        """
        require(self.space, documents.space)
        scores = np.zeros((len(self), len(documents)), dtype=np.float32)
        filled = np.flatnonzero(np.diff(documents.starts))
        step = max(1, _BLOCK // max(1, self.space.dim, len(documents.values)))
        for first in range(0, len(self) if len(filled) else 0, step):
            queries = self._rows(first, min(first + step, len(self)))
            products = queries[:, documents.indices] * documents.values
            scores[first : first + step, filled] = np.add.reduceat(products, documents.starts[filled], axis=1)
        scores[[not report.ok for report in self.reports]] = np.nan
        scores[:, [not report.ok for report in documents.reports]] = np.nan
        return scores

    def _rows(self, first: int, last: int) -> Vectors:
        rows = np.repeat(np.arange(last - first), np.diff(self.starts[first : last + 1]))
        place = slice(self.starts[first], self.starts[last])
        matrix = np.zeros((last - first, self.space.dim), dtype=np.float32)
        matrix[rows, self.indices[place]] = self.values[place]
        return matrix
