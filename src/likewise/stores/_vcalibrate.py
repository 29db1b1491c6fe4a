"""Measure recall and time of every way against exact search, and keep the cheapest depths that reach the targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.stores._vcodes import Codes, Near, threads
from likewise.stores._vplan import Depth, Plan, Planner
from likewise.stores._vrows import Rows
from likewise.stores._vsample import HITS, Case, Sample, cases, far_case, sample
from likewise.types import Vectors

__all__ = ["calibrate"]

TARGETS = (0.95, 0.99)
_KEEP = 2048
_SCANNED = 120
"""Queries that a scan of all codes is measured with."""
_TIMED = 24
_RESCORED = 12
"""Codes scanned in the time of one rescored row. A count, not a clock, chooses depths: the same on a busy machine."""
_REACHES = np.array([0.04 * 1.1**i for i in range(40)])
_SPARE, _MOST = 3, 0.99
"""So many times more codes are kept than this share of the sample queries had within the margin."""
_WELL = 0.9985
"""Reaches are tried from the one whose lists hold the lowest target of the neighbours to the one that holds these."""
_Floats = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class _Scan:
    """What one wide scan a query found: scores of codes `(q, m)`, descending, and the distances of their lists, both
    infinite where there is none; the same of the true neighbours `(q, t)`; and the most lists and mean codes scanned
    for every reach asked about."""

    scores: Vectors
    distances: Vectors
    true_scores: Vectors
    true_distances: Vectors
    lists: list[int]
    scanned: list[float]

    def bases(self, reach: float, k: int) -> Vectors:
        """The k-th best score within reach `(q, 1)`."""
        reached = np.cumsum(self.distances <= reach, axis=1, dtype=np.int32) >= k
        at = reached.argmax(axis=1)[:, None]
        base = np.take_along_axis(self.scores, at, axis=1)
        return np.where(np.take_along_axis(reached, at, axis=1), base, np.float32(-np.inf))

    def missed(self, reach: float, k: int, bases: Vectors) -> Vectors:
        """By how much each of the k true ones stands behind the k-th best code `(q, k)`; infinite if not scanned."""
        with np.errstate(invalid="ignore"):  # of what was not found: replaced
            behind = bases - self.true_scores[:, :k]
        return np.where(self.true_distances[:, :k] <= reach, behind, np.float32(np.inf))

    def close(self, reach: float, bases: Vectors, margin: float) -> NDArray[np.int64]:
        """How many codes stand within a margin `(q,)`."""
        counts: NDArray[np.int64] = ((self.scores >= bases - margin) & (self.distances <= reach)).sum(axis=1)
        return counts


def calibrate(rows: Rows, codes: Codes, progress: Callable[[str, int, int], None]) -> Plan:
    """The plan of an index."""
    rng = np.random.default_rng(0)
    asked = sample(rows, codes, rng)
    far = far_case(rows, asked, rng)
    kinds = cases(rows, asked, rng)
    bench = _Bench(Planner(rows, codes, Plan((), 0.0, asked.bands)), asked)
    depths: list[Depth] = []
    with threads(1):
        for number, case in enumerate(kinds):
            progress("measure", number, len(kinds) + 1)
            depths += bench.approximate(case)
        progress("measure", len(kinds), len(kinds) + 1)
        depths += bench.quantised([kinds[0], far])
        progress("measure", len(kinds) + 1, len(kinds) + 1)
        return Plan(tuple(_monotone(depths)), bench.exact_micros(rng), asked.bands)


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


@final
class _Bench:
    """Runs the ways over cases."""

    def __init__(self, planner: Planner, asked: Sample) -> None:
        self._planner, self._asked = planner, asked
        every = planner.codes.products(asked.queries)
        order = np.argsort(-every, axis=1, kind="stable")
        ascending = planner.codes.distances(np.take_along_axis(every, order, axis=1))
        self._distances = np.empty_like(every)
        np.put_along_axis(self._distances, order, ascending, axis=1)

    def approximate(self, case: Case) -> list[Depth]:
        """For every number of hits and target the cheapest depth that reaches it, where one does."""
        if case.truth.shape[1] < min(HITS):
            return []
        reaches = self._reaches(case)
        scan = self._scan(case, reaches)
        depths = []
        for k in (k for k in HITS if k <= case.truth.shape[1]):
            for target in TARGETS:
                options = [
                    option
                    for number, reach in enumerate(reaches)
                    if 2 * scan.scanned[number] < len(self._planner.codes)
                    and (option := self._option(scan, reach, k, target, self._asked.halves))
                ]
                costs = [scan.scanned[reaches.index(d.reach)] + _RESCORED * d.micros for d in options]
                if options:
                    best = options[int(np.argmin(costs))]
                    lists = scan.lists[reaches.index(best.reach)]
                    depths.append(replace(best, share=case.share, lists=lists))
        return self._timed(depths, case)

    def quantised(self, kinds: list[Case]) -> list[Depth]:
        """Scans of all codes, rescored deep enough for every case; the recall is that of the hardest."""
        scans = [self._scan_all(case) for case in kinds]
        depths = []
        for k in (k for k in HITS if all(k <= case.truth.shape[1] for case in kinds)):
            for target in TARGETS:
                alike = [[np.full(len(scan.scores), 1 / len(scan.scores))] for scan in scans]
                options = [self._option(scan, 0.0, k, target, one) for scan, one in zip(scans, alike, strict=True)]
                good = [option for option in options if option]
                if len(good) == len(kinds):
                    hard = max(good, key=lambda option: option.margin)
                    recalls = (min(min(option.recalls) for option in good),) * len(self._asked.bands)
                    keep, lists = max(option.keep for option in good), self._planner.codes.lists
                    depths.append(replace(hard, way="quantised", lists=lists, keep=keep, recalls=recalls))
        return self._timed(depths, kinds[-1])

    def exact_micros(self, rng: np.random.Generator) -> float:
        """Median time of exact search over scattered rows, for one row."""
        rows = self._planner.rows
        count = min(len(rows), 5_000)
        some = [np.sort(rng.choice(len(rows), count, replace=False)) for _ in range(5)]
        runs = [partial(rows.best, query, 10, picked) for query, picked in zip(self._asked.queries, some, strict=False)]
        return _median_micros(runs, rows.forget) / count

    def _option(self, scan: _Scan, reach: float, k: int, target: float, weights: list[_Floats]) -> Depth | None:
        """The least margin that reaches the target under all weights; its cost in codes rescored stands as micros."""
        bases = scan.bases(reach, k)
        missed = scan.missed(reach, k, bases)
        margin = max(_least(missed, one, target) for one in weights)
        if not np.isfinite(margin):
            return None
        recalls = np.asarray((missed <= margin).mean(axis=1), np.float64)
        bands = self._asked.means(recalls) if len(recalls) == len(self._asked.band) else (float(recalls.mean()),)
        close = scan.close(reach, bases, margin)
        keep = min(_KEEP, max(_SPARE * int(np.quantile(close, _MOST)), k))
        return Depth("approximate", 0.0, k, target, reach, 1, margin, keep, bands, float(close.mean()))

    def _reaches(self, case: Case) -> list[float]:
        """Those worth a try, ascending, judged by the lists that the true neighbours are in."""
        lists = self._planner.codes.list_of[case.truth]
        needed = np.take_along_axis(self._distances, lists, axis=1)
        weights = np.array(self._asked.halves)
        shares = np.array([[weights @ (needed[:, :k] <= reach).mean(axis=1) for k in HITS] for reach in _REACHES])
        lowest = shares.min(axis=2)
        least, most = lowest.max(axis=1) >= min(TARGETS), lowest.min(axis=1) >= _WELL
        last = int(np.argmax(most)) if most.any() else len(_REACHES) - 1
        first = min(int(np.argmax(least)), last) if least.any() else last
        reaches: list[float] = _REACHES[first : last + 1].tolist()
        return reaches

    def _scan(self, case: Case, reaches: list[float]) -> _Scan:
        """One scan for each query, as far as the last reach goes: it tells what every reach would have found."""
        codes, total = self._planner.codes, len(case.queries)
        lists, scanned = np.zeros(len(reaches), np.int64), np.zeros(len(reaches))
        scan, steps = self._unknown(case, total, lists, scanned), np.array(reaches)[:, None]
        distance = np.full(codes.lists, np.inf, np.float32)
        for i, (query, selection) in enumerate(zip(case.queries, case.selections, strict=True)):
            every = codes.within(query, reaches[-1], max(1, codes.lists // 2))
            distance[every.lists] = codes.distances(every.scores)
            lists = np.maximum(lists, distance[every.lists].searchsorted(reaches, side="right"))
            if (near := self._planner.aligned(every, selection)) is not None:
                scanned += (codes.sizes[near.lists] * (distance[near.lists] <= steps)).sum(axis=1) / total
                self._note(scan, i, case, near, distance)
            distance[every.lists] = np.inf
        return replace(scan, lists=lists.tolist(), scanned=scanned.tolist())

    def _scan_all(self, case: Case) -> _Scan:
        """A scan of all codes for a part of the queries."""
        codes = self._planner.codes
        scan = self._unknown(case, min(_SCANNED, len(case.queries)), np.zeros(1), np.zeros(1))
        for i in range(len(scan.scores)):
            self._note(scan, i, case, codes.every(case.queries[i]), np.zeros(codes.lists, np.float32))
        return scan

    def _unknown(self, case: Case, count: int, lists: NDArray[Any], scanned: NDArray[Any]) -> _Scan:
        """A scan of so many queries that has found nothing yet."""
        sizes = (count, _KEEP), (count, case.truth.shape[1])
        found, true = ([np.full(size, sign * np.inf, np.float32) for sign in (-1, 1)] for size in sizes)
        return _Scan(found[0], found[1], true[0], true[1], lists.tolist(), scanned.tolist())

    def _note(self, scan: _Scan, i: int, case: Case, near: Near, distance: Vectors) -> None:
        """Scan some lists for one query, without the rows it is not to find, and write down what was found."""
        codes = self._planner.codes
        found, scores = codes.scan(case.queries[i], near, _KEEP, case.selections[i])
        others = np.isin(found, case.left_out[i], invert=True)
        found, scores = found[others], scores[others]
        if not len(found):
            return
        far = distance[codes.list_of[found]]
        scan.scores[i, : len(found)], scan.distances[i, : len(found)] = scores, far
        order = np.argsort(found)
        place = order[np.minimum(np.searchsorted(found, case.truth[i], sorter=order), len(found) - 1)]
        seen = found[place] == case.truth[i]
        scan.true_scores[i, seen], scan.true_distances[i, seen] = scores[place][seen], far[place][seen]

    def _timed(self, depths: list[Depth], case: Case) -> list[Depth]:
        timed = []
        for depth in depths:
            pairs = list(zip(case.queries, case.selections, strict=True))[:_TIMED]
            runs = [partial(self._planner.by, depth, query, depth.k, selection) for query, selection in pairs]
            timed.append(replace(depth, micros=_median_micros(runs, self._planner.rows.forget)))
        return timed


def _least(missed: Vectors, weights: _Floats, target: float) -> float:
    """The least margin whose mean recall over weighted queries reaches the target; infinite if none does."""
    order = np.argsort(missed, axis=None, kind="stable")
    reached = np.cumsum(np.repeat(weights / missed.shape[1], missed.shape[1])[order])
    at = min(int(reached.searchsorted(target)), len(order) - 1)
    return max(0.0, float(missed.ravel()[order[at]]))


def _median_micros(runs: Sequence[Callable[[], object]], forget: Callable[[], None]) -> float:
    """Median time of runs in microseconds, each warmed by a run before; what it mapped is forgotten after each."""
    times = []
    for run in runs:
        run()
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
        forget()
    return float(np.median(times)) * 1e6
