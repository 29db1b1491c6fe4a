"""Measure recall and time of every way against exact search, and keep the cheapest depths that reach the targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from time import perf_counter
from typing import final

import faiss
import numpy as np
from numpy.typing import NDArray

from likewise.stores._vcodes import Codes, threads
from likewise.stores._vfound import Bools, Ids, Selection
from likewise.stores._vplan import Depth, Plan, Planner
from likewise.stores._vrows import Rows
from likewise.types import Vectors

__all__ = ["calibrate"]

SHARES = (1.0, 0.5, 0.1, 0.01)
AWAY = 0.05
"""The anti-correlated filter: the share of rows farthest from each query."""
HITS = (10, 30, 120)
TARGETS = (0.95, 0.99)
_QUERIES, _QUERIES_AWAY = 200, 24
_KEEP = 2048
_AWAY_FROM_ROWS = 0.7
_TRIED = 3
_RESCORED = 12
"""Codes scanned in the time of one rescored row. A count, not a clock, chooses depths: the same on a busy machine."""
_REACHES = tuple(round(0.04 * 1.12**i, 4) for i in range(29))


@dataclass(frozen=True, slots=True)
class _Case:
    """One kind of filter: queries `(q, dim)`, each with its own row, its selection and its true neighbours `(q, t)`."""

    share: float
    queries: Vectors
    own: Ids
    selections: list[Selection | None]
    truth: Ids


def calibrate(rows: Rows, codes: Codes, progress: Callable[[str, int, int], None]) -> Plan:
    """The plan of an index."""
    rng = np.random.default_rng(0)
    own, queries = _queries(rows, rng)
    rows.forget()
    masks = [None if share == 1.0 else rng.random(len(rows)) < share for share in SHARES]
    few = slice(0, _QUERIES_AWAY)
    away = _away(rows, queries[few], rng)
    progress("measure", 0, len(SHARES) + 1)
    cases = [
        _Case(share, queries, own, [None if mask is None else Selection(mask)] * len(own), truth)
        for share, mask, truth in zip(SHARES, masks, _truth(rows, queries, own, masks), strict=True)
    ]
    far = _Case(AWAY, queries[few], own[few], [Selection(mask) for mask in away], _truth_away(rows, queries[few], away))
    bench = _Bench(Planner(rows, codes, Plan((), 0.0)))
    depths: list[Depth] = []
    with threads(1):
        for number, case in enumerate(cases):
            depths += bench.approximate(case)
            progress("measure", number + 1, len(SHARES) + 1)
        depths += bench.quantised([cases[0], far])
        progress("measure", len(SHARES) + 1, len(SHARES) + 1)
        return Plan(tuple(_monotone(depths)), bench.exact_micros(queries, rng))


def _monotone(depths: list[Depth]) -> list[Depth]:
    """Depths that keep no fewer codes than any of a wider filter: a depth serves shares up to that one, and the more
    rows are allowed, the more stand between two neighbours."""
    return [
        replace(
            d,
            keep=max(o.keep for o in depths if (o.way, o.k, o.target) == (d.way, d.k, d.target) and o.share >= d.share),
        )
        for d in depths
    ]


def _queries(rows: Rows, rng: np.random.Generator) -> tuple[Ids, Vectors]:
    """Positions of rows, ascending, and queries made of them, each of which is kept from finding its own row.

    A question lies farther from its answers than one passage from the next, which mostly makes it harder: so every
    second row is moved away, along the difference of two others. Both halves must be found well enough.
    """
    own = np.sort(rng.choice(len(rows), min(_QUERIES, max(1, len(rows) // 4)), replace=False))
    some, others = rng.integers(len(rows), size=(2, len(own)))
    apart = rows.vectors[some] - rows.vectors[others]
    lengths = np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
    moved = np.where(np.arange(len(own)) % 2, _AWAY_FROM_ROWS, 0.0).astype(np.float32)[:, None]
    queries = rows.vectors[own] + moved * apart / lengths
    return own, queries / np.maximum(np.linalg.norm(queries, axis=1, keepdims=True), 1e-9)


@final
class _Bench:
    """Runs the ways over cases."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    def approximate(self, case: _Case) -> list[Depth]:
        """For every number of hits and target the cheapest depth that reaches it, where one does."""
        found: dict[tuple[int, float], list[tuple[float, Depth]]] = {}
        wanted = [(k, target) for k in HITS if k <= case.truth.shape[1] for target in TARGETS]
        for reach in _REACHES:
            depth = replace(_probe(case), reach=reach, lists=self._most(case, reach))
            ranks, scanned = self._ranks(case, depth)
            for k, target in wanted:
                options = found.setdefault((k, target), [])
                if len(options) < _TRIED and (enough := _enough(ranks, depth, k, target)):
                    options.append((scanned + _RESCORED * enough.keep, enough))
            if (
                all(len(options) == _TRIED for options in found.values())
                or 2 * depth.lists >= self._planner.codes.lists
            ):
                break
        return self._timed([min(options, key=itemgetter(0))[1] for options in found.values() if options], case)

    def quantised(self, cases: list[_Case]) -> list[Depth]:
        """Scans of all codes, kept deep enough for every case; the recall is that of the hardest."""
        depths = []
        scan = Depth("quantised", 0.0, 1, 0.0, 2.0, self._planner.codes.lists, _KEEP, 0.0, 0.0)
        ranks = [self._ranks(case, scan)[0] for case in cases]
        for k in (k for k in HITS if all(k <= case.truth.shape[1] for case in cases)):
            for target in TARGETS:
                enough = [_enough(r, scan, k, target) for r in ranks]
                if all(enough):
                    keep = max(d.keep for d in enough if d)
                    recall = min(float(_recalls(r, k, keep).mean()) for r in ranks)
                    depth = replace(scan, k=k, target=target, keep=keep, recall=recall)
                    depths += self._timed([depth], cases[-1])
        return depths

    def exact_micros(self, queries: Vectors, rng: np.random.Generator) -> float:
        """Median time of exact search over scattered rows, for one row."""
        rows = self._planner.rows
        count = min(len(rows), 5_000)
        some = [np.sort(rng.choice(len(rows), count, replace=False)) for _ in range(5)]
        runs = [partial(rows.best, query, 10, picked) for query, picked in zip(queries, some, strict=False)]
        micros = _median_micros(runs) / count
        rows.forget()
        return micros

    def _most(self, case: _Case, reach: float) -> int:
        """The most lists that any query finds within reach."""
        codes = self._planner.codes
        return max(len(codes.within(query, reach, max(1, codes.lists // 2))) for query in case.queries)

    def _ranks(self, case: _Case, depth: Depth) -> tuple[NDArray[np.int32], float]:
        """Where every true neighbour, best first, stands among the codes that come near `(q, t)`; codes scanned."""
        ranks, scanned = np.full(case.truth.shape, _KEEP, np.int32), 0
        for i, (query, selection) in enumerate(zip(case.queries, case.selections, strict=True)):
            near = self._planner.lists(depth, query, selection)
            if near is None:
                continue
            scanned += int(self._planner.codes.sizes[near.lists].sum())
            found = self._planner.codes.scan(query, near, _KEEP, selection)
            others = found[found != case.own[i]]
            order = np.argsort(others)
            at = np.minimum(np.searchsorted(others, case.truth[i], sorter=order), max(len(others) - 1, 0))
            if len(others):
                place = order[at]
                ranks[i] = np.where(others[place] == case.truth[i], place, _KEEP)
        return ranks, scanned / len(case.queries)

    def _timed(self, depths: list[Depth], case: _Case) -> list[Depth]:
        timed = []
        for depth in depths:
            pairs = list(zip(case.queries, case.selections, strict=True))[:24]
            runs = [partial(self._planner.by, depth, query, depth.k, selection) for query, selection in pairs]
            timed.append(replace(depth, micros=_median_micros(runs)))
            self._planner.rows.forget()
        return timed


def _probe(case: _Case) -> Depth:
    return Depth("approximate", case.share, 1, 0.0, 0.0, 1, _KEEP, 0.0, 0.0)


def _enough(ranks: NDArray[np.int32], depth: Depth, k: int, target: float) -> Depth | None:
    """The least `keep` whose recall is above the target with 95 % confidence."""
    keep = k
    while keep <= _KEEP:
        recalls = _recalls(ranks, k, keep)
        halves = (recalls[::2], recalls[1::2])
        if all(half.mean() - 1.645 * half.std() / len(half) ** 0.5 >= target for half in halves if len(half)):
            return replace(depth, k=k, target=target, keep=keep, recall=float(recalls.mean()))
        keep = -(-keep * 5 // 4)
    return None


def _recalls(ranks: NDArray[np.int32], k: int, keep: int) -> NDArray[np.float64]:
    return np.asarray((ranks[:, :k] < min(keep, _KEEP)).mean(axis=1), np.float64)


def _truth(rows: Rows, queries: Vectors, own: Ids, masks: list[Bools | None]) -> list[Ids]:
    """True neighbours of every query under every mask, best first, without the query itself."""
    best = [_Best(len(queries), min(max(HITS) + 1, len(rows) if m is None else int(m.sum()))) for m in masks]
    for start, block in rows.blocks():
        for mask, kept in zip(masks, best, strict=True):
            at = np.arange(len(block)) if mask is None else np.flatnonzero(mask[start : start + len(block)])
            kept.add(queries, block[at], start + at)
    return [kept.without(own) for kept in best]


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

    def without(self, own: Ids) -> Ids:
        """Positions `(q, size - 1)` with every query's own row left out."""
        others = self.positions != own[:, None]
        others[others.all(axis=1), -1] = False  # its own row is not allowed or a twin stands in its place
        rest: Ids = self.positions[others].reshape(len(own), -1)
        return rest


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


def _median_micros(runs: Sequence[Callable[[], object]]) -> float:
    """Median time of runs in microseconds, each warmed by a run before."""
    times = []
    for run in runs:
        run()
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return float(np.median(times)) * 1e6
