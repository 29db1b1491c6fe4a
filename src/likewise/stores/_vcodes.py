"""Compressed codes in lists around centroids: a coarse ranking of many rows, to be rescored from the originals.

Product quantisation, 4 bits for 2 dimensions, in the layout that a CPU scans 32 rows at a time (FAISS fast scan;
Andre et al., "Cache locality is not enough", 2015), inside an inverted file (Jegou et al., 2011).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import faiss
import numpy as np
from numpy.typing import NDArray

from likewise.errors import CollectionError
from likewise.stores._vfound import Bools, Ids, Selection
from likewise.types import Vectors

__all__ = ["Codes", "Near", "threads", "train"]

# as FAISS types them they lack the constructors that it gives them in Python
_IDSelectorBitmap: Any = faiss.IDSelectorBitmap
_RefineParameters: Any = faiss.IndexRefineSearchParameters

_ITERATIONS = 8
_BOOK = 50_000  # rows that a codebook is fitted to
_COLUMNS, _ROWS = 64, 4096
_HANDICAP = 0.03
_FIRST = 64  # lists looked up at first, before it is known how many are within reach
_WIDE, _NARROW = 16, 2  # centroids compared in full for each one wanted: for one list, and for many


@dataclass(frozen=True, slots=True)
class Near:
    """Lists with the inner products of their centroids `(m,)`, the nearest first, and that of the nearest of all."""

    lists: Ids
    scores: Vectors
    nearest: float

    def __len__(self) -> int:
        return len(self.lists)

    def head(self, count: int) -> Near:
        """The first `count`."""
        return Near(self.lists[:count], self.scores[:count], self.nearest)

    def only(self, kept: Bools) -> Near:
        """Those that a mask keeps."""
        return Near(self.lists[kept], self.scores[kept], self.nearest)


def train(sample: Vectors, lists: int, seed: int) -> Any:
    """An empty FAISS index whose centroids and codebooks fit `sample` `(m, dim)`, m >= lists and m >= 16.

    A query finds its centroids by their own codes first, then in full: five times faster than all in full, and 99.8 %
    of them are the same.
    """
    dim = sample.shape[1]
    pieces = dim // 2 if dim % 2 == 0 else dim
    codes = faiss.IndexPQFastScan(dim, pieces, 4, faiss.METRIC_INNER_PRODUCT)
    with threads(1):  # hundreds of small clusterings: threads that wait for each other cost up to 20 times as much
        _few(codes.pq.cp, seed)
        codes.train(sample[:_BOOK])
    quantizer = faiss.IndexRefineFlat(codes)
    quantizer.k_factor = _WIDE
    quantizer.add(_centroids(sample, lists, np.random.default_rng(seed)))
    index = faiss.IndexIVFPQFastScan(quantizer, dim, lists, pieces, 4, faiss.METRIC_INNER_PRODUCT)
    with threads(1):
        _few(index.pq.cp, seed)
        index.train(sample[:_BOOK])
    return index


def _centroids(sample: Vectors, lists: int, rng: np.random.Generator) -> Vectors:
    """Centroids `(lists, dim)` of unit length by spherical k-means; an empty cluster begins anew at a row.

    Not FAISS's own: it is slower than one matrix product, and warns on the terminal where rows are few.
    """
    centroids = sample[rng.choice(len(sample), lists, replace=False)]
    for _ in range(_ITERATIONS):
        parts = (sample[i : i + _ROWS] for i in range(0, len(sample), _ROWS))
        nearest = np.concatenate([(part @ centroids.T).argmax(axis=1) for part in parts])
        order = np.argsort(nearest, kind="stable")
        sizes = np.bincount(nearest, minlength=lists)
        held = np.flatnonzero(sizes)
        starts = np.concatenate(([0], np.cumsum(sizes[held])[:-1]))
        sums = sample[rng.choice(len(sample), lists)]
        for some in range(0, sample.shape[1], _COLUMNS):  # a part of the columns at a time, to copy only so much
            columns = slice(some, some + _COLUMNS)
            sums[held, columns] = np.add.reduceat(sample[:, columns][order], starts, axis=0)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centroids = np.ascontiguousarray(sums / np.maximum(lengths, 1e-9), np.float32)
    return centroids


def _few(clustering: Any, seed: int) -> None:
    """Settings under which FAISS clusters few points without a warning, and the same way every time."""
    clustering.seed, clustering.min_points_per_centroid = seed, 1


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let FAISS use so many threads, when called from this one."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


@final
class Codes:
    """A FAISS inverted file of codes, labelled by position."""

    def __init__(self, index: Any) -> None:
        self.index = index
        self.lists = int(index.nlist)
        self._narrow = _RefineParameters(k_factor=_NARROW)

    @classmethod
    def read(cls, path: Path) -> Codes:
        """Read the codes from a file; CollectionError where this FAISS cannot."""
        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise CollectionError(f"{path} is no index that this FAISS reads ({error}): build it again") from error

    def __len__(self) -> int:
        return int(self.index.ntotal)

    @cached_property
    def sizes(self) -> Ids:
        """Rows in every list `(lists,)`."""
        return np.array([self.index.get_list_size(i) for i in range(self.lists)], np.int64)

    @cached_property
    def list_of(self) -> NDArray[np.int32]:
        """The list of every position `(n,)`."""
        lists = np.full(len(self), -1, np.int32)
        for i, size in enumerate(self.sizes.tolist()):
            if size:
                lists[faiss.rev_swig_ptr(self.index.invlists.get_ids(i), size)] = i
        return lists

    def complete(self, rows: Vectors) -> Codes:
        """Add those of all `rows` that FAISS left out, as it does with a row equally near to all centroids."""
        lost = np.flatnonzero(self.list_of < 0)
        if not len(lost):
            return self
        index, quantizer, count = self.index, self.index.quantizer, len(self)
        flat = faiss.IndexFlatIP(index.d)
        flat.add(self._centroids)
        index.quantizer = flat
        index.add_with_ids(rows[lost], lost)
        index.quantizer, index.ntotal = quantizer, count
        return Codes(index)

    @cached_property
    def _centroids(self) -> Vectors:
        return np.asarray(self.index.quantizer.reconstruct_n(0, self.lists), np.float32)

    def near(self, query: Vectors, count: int) -> Near:
        """The `count` nearest lists."""
        if count < self.lists:
            scores, lists = self.index.quantizer.search(query[None], count, params=self._narrow)
            if lists[0, -1] >= 0:  # FAISS leaves out centroids when the query is equally near to all
                return Near(lists[0], scores[0], float(scores[0, 0]))
        every = self.every(query)
        order = np.argsort(-every.scores, kind="stable")[:count]
        return Near(every.lists[order], every.scores[order], every.nearest)

    def within(self, query: Vectors, reach: float, most: int) -> Near:
        """The nearest lists, as long as their distance (see `distances`) is within `reach`, at most so many.

        A query with one clear place needs few lists, one that lies between many needs more of them.
        """
        count = min(_FIRST, most)
        while True:
            near = self.near(query, count)
            inside = int(self.distances(near.scores).searchsorted(reach, side="right"))
            if inside < count or count == most:
                return near.head(inside)
            count = min(4 * count, most)

    def distances(self, scores: Vectors) -> Vectors:
        """How far each of the nearest lists lies, ascending `(..., m)`, from the inner products of their centroids.

        A list holds an answer the less likely, the further its inner product is below the best, and the more lists
        come before it. Were only the first counted, a query far from all rows would find hundreds of lists alike.
        """
        gaps: Vectors = scores[..., :1] - scores
        return gaps + self._handicaps[: scores.shape[-1]]

    @cached_property
    def _handicaps(self) -> Vectors:
        return np.asarray(_HANDICAP * np.log(np.arange(1, self.lists + 1)), np.float32)

    def nearest(self, queries: Vectors) -> Vectors:
        """The inner product of every query `(q, dim)` and the centroid nearest to it `(q,)`."""
        parts = (queries[i : i + _ROWS] for i in range(0, len(queries), _ROWS))
        return np.concatenate([self.products(part).max(axis=1) for part in parts])

    def products(self, queries: Vectors) -> Vectors:
        """The inner products of queries `(q, dim)` and all centroids `(q, lists)`."""
        return queries @ self._centroids.T

    def every(self, query: Vectors) -> Near:
        """All lists, in no order."""
        scores = self._centroids @ query
        return Near(np.arange(self.lists, dtype=np.int64), scores, float(scores.max()))

    def allowed_in(self, selection: Selection) -> Ids:
        """How many allowed rows every list holds `(lists,)`; kept with the selection."""
        if selection.by_list is None:
            selection.by_list = np.bincount(self.list_of[selection.mask], minlength=self.lists)
        return selection.by_list

    def scan(self, query: Vectors, near: Near, keep: int, selection: Selection | None) -> tuple[Ids, Vectors]:
        """Positions `(m,)`, m <= keep, of the allowed rows of some lists whose codes come nearest, with their scores,
        best first."""
        if not len(near):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        options: dict[str, Any] = {"nprobe": len(near)}
        if selection is not None:
            options["sel"] = _IDSelectorBitmap(selection.bitmap)
        scores, found = np.empty(keep, np.float32), np.empty(keep, np.int64)
        lists, inner = np.ascontiguousarray(near.lists), np.ascontiguousarray(near.scores)
        given = [faiss.swig_ptr(array) for array in (query, lists, inner, scores, found)]
        # the method as C++ has it: the one for numpy takes no parameters, so no selector
        self.index.search_preassigned_c(1, given[0], keep, *given[1:], False, faiss.SearchParametersIVF(**options))
        held = found >= 0
        return found[held], scores[held]
