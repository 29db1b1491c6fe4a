"""What a vector search gives back, which rows it may give, and exact search: the parts every way shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.types import Vectors

__all__ = ["Bools", "Found", "Fresh", "Ids", "Selection", "Way", "merge", "top"]

Ids = NDArray[np.int64]
Bools = NDArray[np.bool_]
Way = Literal["exact", "quantised", "approximate"]


@dataclass(frozen=True, slots=True)
class Found:
    """Ids `(m,)` int64 with their cosines `(m,)` float32, best first, m <= k; equal scores stand by ascending id.

    `scanned` counts the vectors compared. `recall` is what was measured for this way and kind of filter against
    exact search when the index was built, 1.0 for exact.
    """

    ids: Ids
    scores: Vectors
    way: Way
    scanned: int
    recall: float

    def __len__(self) -> int:
        return len(self.ids)


@final
class Selection:
    """The rows a search may answer with: a mask over index positions, prepared once and used for many queries.

    The mask is not copied: do not change it while the selection is in use.
    """

    def __init__(self, mask: Bools) -> None:
        if mask.ndim != 1 or mask.dtype != np.bool_:
            raise InputError(f"a mask of shape {mask.shape} and type {mask.dtype}: wanted one bool for every position")
        self.mask = mask
        self.count = int(np.count_nonzero(mask))

    def __len__(self) -> int:
        return len(self.mask)

    @cached_property
    def positions(self) -> Ids:
        """Allowed positions, ascending."""
        return np.flatnonzero(self.mask).astype(np.int64, copy=False)

    @cached_property
    def bitmap(self) -> NDArray[np.uint8]:
        """One bit for every position, the lowest bit first."""
        return np.packbits(self.mask, bitorder="little")


@final
class Fresh:
    """Rows that are not in the index yet: kept in memory, searched exactly, `(n, dim)` float32.

    Ids need not ascend; an id added again replaces its row.
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self._ids: Ids = np.empty(0, np.int64)
        self._rows: Vectors = np.empty((0, dim), np.float32)
        self._size = 0
        self._at: dict[int, int] = {}

    def __len__(self) -> int:
        return self._size

    @property
    def ids(self) -> Ids:
        """Ids in the order of the mask that `search` takes; removing a row moves the last one into its place."""
        return self._ids[: self._size]

    def add(self, ids: Ids, rows: Vectors) -> None:
        """Append rows `(n, dim)`, unit length; amortised O(n)."""
        if rows.shape != (len(ids), self.dim):
            raise InputError(f"{len(ids)} ids with rows {rows.shape}: wanted ({len(ids)}, {self.dim})")
        self._reserve(self._size + len(ids))
        for number, row in zip(ids.tolist(), rows, strict=True):
            at = self._at.setdefault(number, self._size)
            if at == self._size:
                self._size += 1
            self._ids[at] = number
            self._rows[at] = row

    def remove(self, ids: Ids) -> int:
        """Forget rows; unknown ids are passed over. Returns how many were forgotten."""
        before = self._size
        for number in ids.tolist():
            at = self._at.pop(number, None)
            if at is None:
                continue
            self._size -= 1
            if at != self._size:
                self._ids[at] = self._ids[self._size]
                self._rows[at] = self._rows[self._size]
                self._at[int(self._ids[at])] = at
        return before - self._size

    def search(self, query: Vectors, k: int, allowed: Bools | None = None) -> Found:
        """The k nearest rows, exactly; `allowed` is a mask over `ids`."""
        scores = self._rows[: self._size] @ query
        ids = self.ids
        if allowed is not None:
            scores, ids = scores[allowed], ids[allowed]
        order = top(scores, ids, k)
        return Found(ids[order], scores[order], "exact", len(ids), 1.0)

    def _reserve(self, size: int) -> None:
        if size <= len(self._ids):
            return
        room = max(size, 2 * len(self._ids), 64)
        ids, rows = np.empty(room, np.int64), np.empty((room, self.dim), np.float32)
        ids[: self._size], rows[: self._size] = self._ids[: self._size], self._rows[: self._size]
        self._ids, self._rows = ids, rows


def top(scores: Vectors, ids: Ids, k: int) -> NDArray[np.intp]:
    """Places of the k highest scores, best first, equal scores by ascending id; fewer where there are fewer."""
    places: NDArray[np.intp]
    if k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.lexsort((ids[places], -scores[places]))][:k]


def merge(first: Found, second: Found, k: int) -> Found:
    """The k best of two answers over different rows; the weaker way and recall of those that looked at any row."""
    if not second.scanned:
        return first
    if not first.scanned:
        return second
    ids, scores = np.concatenate((first.ids, second.ids)), np.concatenate((first.scores, second.scores))
    order = top(scores, ids, k)
    weaker = min(first, second, key=lambda found: found.recall)
    way = first.way if second.way == "exact" else second.way
    return Found(ids[order], scores[order], way, first.scanned + second.scanned, weaker.recall)
