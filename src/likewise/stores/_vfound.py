"""What a vector search gives back, which rows it may give, and exact search: the parts every way shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.types import Vectors

__all__ = ["Bools", "Found", "Ids", "Selection", "Way", "merge", "top"]

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
        self.by_list: Ids | None = None
        """Allowed rows in every list of the index's codes, once a search has counted them."""

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
