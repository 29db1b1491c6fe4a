"""Which way a search takes: by the number of rows allowed, and by what was measured when the index was built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, final

import numpy as np

from likewise.stores._vcodes import Codes, Near
from likewise.stores._vfound import Found, Ids, Selection
from likewise.stores._vrows import Rows
from likewise.types import Vectors

__all__ = ["Depth", "Plan", "Planner"]

_ALIGNED = 0.5
"""Of the allowed rows that chance would put into the nearest lists, the share that must be there: else the filter
leads away from the query, the nearest lists hold none of the answers, and what was measured does not hold."""

_ABOUT = 1.1
"""A filter that allows about the share that was measured is as good as one that allows so many."""

_IN_FRONT, _POWER, _WIDER = 0.3, 3, 8
"""The best must stand in front of the codes kept: on average in this share of them, where 0.5 is chance. So many codes
a hit are kept at least, for fewer tell nothing, and so many times more on the second try."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How deep one way looks, measured: fit for filters that allow a `share` of rows or more, and for up to `k` hits.

    Lists are probed as far as `reach` (see `Codes.within`), `lists` at most (the quantised way probes all). Codes are
    rescored whose score is within `margin` of the k-th best code's, `keep` at most: what a code is off by is much the
    same for all queries, but how many rows stand that close together is not. `recalls` is recall@k of sample queries, a
    mean for every band of the plan; `micros` the median time.
    """

    way: Literal["quantised", "approximate"]
    share: float
    k: int
    target: float
    reach: float
    lists: int
    margin: float
    keep: int
    recalls: tuple[float, ...]
    micros: float

    def fits(self, share: float, k: int, recall: float) -> bool:
        """Whether this depth answers such a search."""
        return self.share <= _ABOUT * share and self.k >= k and self.target >= recall

    def close(self, scores: Vectors) -> int:
        """How many of the best codes are rescored, by their scores, descending."""
        if len(scores) <= self.k:
            return len(scores)
        return int((-scores).searchsorted(self.margin - scores[self.k - 1], side="right"))


@dataclass(frozen=True, slots=True)
class Plan:
    """Every depth that was measured to be good enough, and what exact search costs a row.

    `bands` are groups of sample queries, each told by the mean inner product of its queries and the centroid nearest
    to them, ascending: what lies far from all rows is found less surely.
    """

    depths: tuple[Depth, ...]
    exact_micros: float
    bands: tuple[float, ...]

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Plan:
        bands = tuple(float(band) for band in body["bands"])
        depths = tuple(Depth(**{**depth, "recalls": tuple(depth["recalls"])}) for depth in body["depths"])
        if not bands or any(len(depth.recalls) != len(bands) for depth in depths):
            raise ValueError(f"its depths are not of {len(bands)} bands, one or more")
        return cls(depths, float(body["exact_micros"]), bands)

    def write(self) -> dict[str, Any]:
        return asdict(self)

    def cheapest(self, way: str, share: float, k: int, recall: float) -> Depth | None:
        """The cheapest depth of one way that fits."""
        fit = [depth for depth in self.depths if depth.way == way and depth.fits(share, k, recall)]
        return min(fit, key=lambda depth: depth.micros, default=None)

    def recall(self, depth: Depth, nearest: float) -> float:
        """What was measured of queries whose nearest centroid has this inner product, between bands in proportion."""
        return float(np.interp(nearest, self.bands, depth.recalls))


@final
class Planner:
    """Searches an index with codes: approximately where that was measured to hold, else wider, else exactly."""

    def __init__(self, rows: Rows, codes: Codes, plan: Plan) -> None:
        self.rows = rows
        self.codes = codes
        self.plan = plan

    def search(self, query: Vectors, k: int, selection: Selection | None, recall: float) -> Found:
        """The k nearest allowed rows, by the cheapest way that reaches `recall`."""
        allowed = selection.count if selection is not None else len(self.rows)
        share = allowed / len(self.rows)
        exact = self.plan.exact_micros * allowed
        for way in ("approximate", "quantised"):
            depth = self.plan.cheapest(way, share, k, recall)
            if depth is None or depth.micros >= exact:
                continue
            found = self.by(depth, query, k, selection)
            if found is not None and len(found) >= min(k, allowed):
                return found
        return self.rows.search(query, k, selection)

    def by(self, depth: Depth, query: Vectors, k: int, selection: Selection | None) -> Found | None:
        """An answer from one depth, None where the filter is of a kind that was not measured and it may not hold."""
        near = self.lists(depth, query, selection)
        if near is None:
            return None
        least = k if selection is None else _POWER * k
        for wider in (1, _WIDER):
            found, ranking = self.codes.scan(query, near, wider * max(depth.keep, least), selection)
            positions = found[: wider * max(depth.close(ranking), least)]
            best, scores = self.rows.best(query, k, positions)
            if selection is None or not _scattered(positions, best):
                said = self.plan.recall(depth, near.nearest)
                return Found(self.rows.ids[best], scores, depth.way, self._scanned(near, selection), said)
        return None

    def lists(self, depth: Depth, query: Vectors, selection: Selection | None) -> Near | None:
        """The lists that one depth probes, None where a filter leads away from them."""
        if depth.way == "quantised":
            near = self.codes.every(query)
            return near if selection is None else near.only(self.codes.allowed_in(selection)[near.lists] > 0)
        return self.aligned(self.codes.within(query, depth.reach, depth.lists), selection)

    def aligned(self, near: Near, selection: Selection | None) -> Near | None:
        """Those of the nearest lists that hold allowed rows, None where the filter leads away from them."""
        if selection is None:
            return near
        held = self.codes.allowed_in(selection)[near.lists]
        by_chance = selection.count / len(self.rows) * int(self.codes.sizes[near.lists].sum())
        return near.only(held > 0) if int(held.sum()) >= _ALIGNED * by_chance else None

    def _scanned(self, near: Near, selection: Selection | None) -> int:
        counts = self.codes.sizes if selection is None else self.codes.allowed_in(selection)
        return int(counts[near.lists].sum())


def _scattered(positions: Ids, best: Ids) -> bool:
    """Whether the best stand anywhere among the codes' ranking, not in front: then as good ones lie beyond it."""
    if len(best) >= len(positions):
        return False
    places = np.flatnonzero(np.isin(positions, best))
    return float(places.mean()) > _IN_FRONT * len(positions)
