"""Sample queries made of an index's own rows, filters, and the true neighbours of every query under every filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import faiss
import numpy as np
from numpy.typing import NDArray

from likewise.stores._vcodes import Codes
from likewise.stores._vfound import Bools, Ids, Selection
from likewise.stores._vrows import Rows
from likewise.types import Vectors

__all__ = ["HITS", "Case", "Sample", "cases", "far_case", "sample"]

SHARES = (1.0, 0.5, 0.1, 0.01)
AWAY = 0.05
"""The anti-correlated filter: the share of rows farthest from each query."""
HITS = (10, 30, 120)
_CANDIDATES = 20_000
_BANDS, _A_BAND = 8, 100
_LEAST = 200
"""Candidates that a band takes: fewer bands for small indexes."""
_ENDS = (0.005, 0.995)
_QUERIES_AWAY = 24
_COPY, _COPIES = 0.2, 40
"""Rows that are nearer to a sampled one than its nearest centroid by more than this, so many at most, are taken for
its copies: passages overlap and repeat. No question lies so near to its answers, and copies lie in the same list."""


@final
@dataclass(frozen=True, slots=True)
class Sample:
    """Queries `(q, dim)`, the row that each one is, the nearness and band of each, and the mean of every band.

    A query is kept from finding its own row. Real questions lie farther from all rows than rows do from each other, by
    how much nobody knows when the index is built; but those that are equally near to their nearest centroid, rows or
    questions, are found about equally well. So rows are sampled in bands of that nearness, as many of the rare far ones
    as of the many near ones, and what was measured is kept for each band.
    """

    queries: Vectors
    own: Ids
    nearness: Vectors
    band: NDArray[np.int64]
    bands: tuple[float, ...]
    median: float
    """The nearness that half of all rows exceed."""

    @property
    def halves(self) -> list[NDArray[np.float64]]:
        """Weights of all queries for two means that both have to reach a target: one over the bands up to the median
        row, where questions lie, one over the nearer ones, where rows lie. Bands of a half count the same."""
        alike = (1.0 / np.bincount(self.band))[self.band]
        far = np.array(self.bands)[self.band] <= self.median
        return [alike * half / alike[half].sum() for half in (far, ~far) if half.any()]

    def means(self, values: NDArray[np.float64]) -> tuple[float, ...]:
        """The mean of values `(q,)` for every band."""
        return tuple((np.bincount(self.band, values) / np.bincount(self.band)).tolist())


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of filter: queries `(q, dim)`, and for each the rows left out, its selection, its answers `(q, t)`."""

    share: float
    queries: Vectors
    left_out: list[Ids]
    selections: list[Selection | None]
    truth: Ids


def sample(rows: Rows, codes: Codes, rng: np.random.Generator) -> Sample:
    """Rows of all bands, each band's share cut from the range of nearness, in random order."""
    candidates = np.sort(rng.choice(len(rows), min(_CANDIDATES, len(rows)), replace=False))
    vectors = rows.sample(candidates)
    nearness = codes.nearest(vectors)
    count = max(1, min(_BANDS, len(candidates) // _LEAST))
    low, high = np.quantile(nearness, _ENDS)
    bands = np.digitize(nearness, np.linspace(low, high, count + 1)[1:-1])
    order = rng.permutation(len(candidates))
    picked = np.concatenate([order[bands[order] == band][:_A_BAND] for band in np.unique(bands)])
    picked = rng.permutation(picked)
    band = np.unique(bands[picked], return_inverse=True)[1].astype(np.int64)
    means = np.bincount(band, nearness[picked]) / np.bincount(band)
    bands_of = band, tuple(means.tolist()), float(np.median(nearness))
    return Sample(vectors[picked], candidates[picked], nearness[picked], *bands_of)


def cases(rows: Rows, asked: Sample, rng: np.random.Generator) -> list[Case]:
    """No filter, and filters by chance that allow less and less."""
    masks = [None if share == 1.0 else rng.random(len(rows)) < share for share in SHARES]
    found = []
    for share, mask, best in zip(SHARES, masks, _best(rows, asked.queries, masks), strict=True):
        left_out, truth = best.without(asked.own, asked.nearness + _COPY)
        selections = [None if mask is None else Selection(mask)] * len(asked.own)
        found.append(Case(share, asked.queries, left_out, selections, truth))
    return found


def far_case(rows: Rows, asked: Sample, rng: np.random.Generator) -> Case:
    """For a few queries the filter that leaves the rows farthest from them."""
    queries, own = asked.queries[:_QUERIES_AWAY], list(asked.own[:_QUERIES_AWAY, None])
    masks = _away(rows, queries, rng)
    return Case(AWAY, queries, own, [Selection(mask) for mask in masks], _truth_away(rows, queries, masks))


def _best(rows: Rows, queries: Vectors, masks: list[Bools | None]) -> list[_Best]:
    """The rows nearest to every query under every mask."""
    size = max(HITS) + _COPIES + 1
    best = [_Best(len(queries), min(size, len(rows) if m is None else int(m.sum()))) for m in masks]
    for start, block in rows.blocks():
        for mask, kept in zip(masks, best, strict=True):
            at = np.arange(len(block)) if mask is None else np.flatnonzero(mask[start : start + len(block)])
            kept.add(queries, block[at], start + at)
    return best


def _truth_away(rows: Rows, queries: Vectors, masks: list[Bools]) -> Ids:
    best = [_Best(1, min(max(HITS), int(mask.sum()) or 1)) for mask in masks]
    for start, block in rows.blocks():
        for i, mask in enumerate(masks):
            at = np.flatnonzero(mask[start : start + len(block)])
            best[i].add(queries[i : i + 1], block[at], start + at)
    least = min(kept.positions.shape[1] for kept in best)
    return np.concatenate([kept.positions[:, :least] for kept in best])


@final
class _Best:
    """The best so far `(q, size)`, over blocks."""

    def __init__(self, queries: int, size: int) -> None:
        self._size = size
        self._scores = np.empty((queries, 0), np.float32)
        self.positions: Ids = np.empty((queries, 0), np.int64)

    def add(self, queries: Vectors, rows: Vectors, positions: Ids) -> None:
        if not len(rows):
            return
        scores, at = faiss.knn(queries, rows, min(self._size, len(rows)), metric=faiss.METRIC_INNER_PRODUCT)
        scores = np.concatenate((self._scores, scores), axis=1)
        found = np.concatenate((self.positions, positions[at]), axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, : self._size]
        self._scores = np.take_along_axis(scores, order, axis=1)
        self.positions = np.take_along_axis(found, order, axis=1)

    def without(self, own: Ids, limits: Vectors) -> tuple[list[Ids], Ids]:
        """Every query's own row and the copies of it, whose scores are above its limit; and the best others `(q, t)`.

        As many of the best are answers for every query as there are for the one with the most copies.
        """
        most = min(_COPIES, self.positions.shape[1] // 4)
        copies = (self._scores > limits[:, None]) & (np.arange(self.positions.shape[1]) < most)
        out = copies | (self.positions == own[:, None])
        count = min(max(HITS), self.positions.shape[1] - int(out.sum(axis=1).max(initial=0)))
        order = np.argsort(out, axis=1, kind="stable")[:, :count]
        left_out = [np.append(positions[row], o) for positions, row, o in zip(self.positions, out, own, strict=True)]
        return left_out, np.take_along_axis(self.positions, order, axis=1)


def _away(rows: Rows, queries: Vectors, rng: np.random.Generator) -> list[Bools]:
    """For every query the mask of the rows farthest from it."""
    some = rows.sample(np.sort(rng.choice(len(rows), min(len(rows), 20_000), replace=False)))
    limits = np.quantile(queries @ some.T, AWAY, axis=1)
    masks = [np.zeros(len(rows), np.bool_) for _ in queries]
    for start, block in rows.blocks():
        below = queries @ block.T < limits[:, None]
        for mask, part in zip(masks, below, strict=True):
            mask[start : start + len(block)] = part
    return masks
