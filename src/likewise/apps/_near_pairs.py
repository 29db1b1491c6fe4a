"""All pairs of vectors with a cosine of at least a threshold, in less than quadratic time, and how many were missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._cells import Cells, Probes, Rows, Units
from likewise.types import Vectors

__all__ = ["Near", "Pairs", "joined", "near_pairs"]

_EXACT: Final = 20_000
"""Up to this many rows on each side all pairs are compared, which takes seconds."""
_SCORES: Final = 4_000_000
_EACH, _CROWD = 64, 1_024
_MOST: Final = 30_000_000
_SAMPLE: Final = 2_000
_ENOUGH: Final = 30
_WANTED: Final = 0.997
_REACHES: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Shares of the distance that a threshold stands for: how far beyond the border of its cell a vector looks."""
_UNSEEN: Final = 0.6
"""The reach where the sample holds too few pairs to choose one."""


@final
@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of positions `(m,)` and the likeness of each."""

    left: Rows
    right: Rows
    scores: Vectors

    def __len__(self) -> int:
        return len(self.left)

    def some(self, keep: NDArray[np.bool_]) -> Pairs:
        """Those that a mask names."""
        return Pairs(self.left[keep], self.right[keep], self.scores[keep])


@final
@dataclass(frozen=True, slots=True)
class Near:
    """Pairs and how they were found.

    `recall` is the share of all such pairs that was found: 1.0 where all were compared, else measured on a sample, None
    where the sample holds too few pairs to tell. `compared` counts the products of vectors taken.
    """

    pairs: Pairs
    recall: float | None
    way: str
    compared: int


def near_pairs(units: Units, threshold: float, other: Units | None = None, seed: int = 0) -> Near:
    """The pairs of `units`, or of them (left) and `other` (right), with a cosine >= `threshold`, as positions.

    Every pair given has that cosine. Within one set the earlier position stands on the right, and a pair stands once;
    in a crowd of thousands each gives the first of those before it, since the rest says no more. Small sets are
    compared whole; in larger ones a vector looks into the cells that its neighbours can lie in, as far as a sample,
    compared with everything, says that 99.7 % of the pairs are found.
    """
    beside = units if other is None else other
    if max(len(units), len(beside)) <= _EXACT:
        compared = len(units) * len(beside) // (2 if other is None else 1)
        return Near(joined(_whole(units, beside, other is None, threshold)), 1.0, "all pairs compared", compared)
    cells = Cells(beside, seed)
    there = cells.probes(beside)
    asked = there if other is None else cells.probes(units)
    search = _Search((units, beside), (asked, there), other is None, threshold)
    reach, recall = search.chosen(seed)
    pairs = _gathered(search.pairs(reach))
    return Near(pairs, recall, f"{len(cells.centroids):,} cells, reach {reach}", search.compared)


def joined(some: Iterable[Pairs]) -> Pairs:
    """All pairs in one."""
    made = [*some, Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))]
    return Pairs(
        np.concatenate([one.left for one in made]),
        np.concatenate([one.right for one in made]),
        np.concatenate([one.scores for one in made]),
    )


def _gathered(some: Iterable[Pairs]) -> Pairs:
    """All pairs in one, in bounded memory: past 30 million each position keeps the first of those before it."""
    made: list[Pairs] = []
    held = 0
    for pairs in some:
        made.append(pairs)
        held += len(pairs)
        if held > _MOST:
            made = [_fewer(joined(made))]
            held = len(made[0])
    return joined(made)


def _fewer(pairs: Pairs) -> Pairs:
    order = np.lexsort((pairs.right, pairs.left))
    left = pairs.left[order]
    first = np.flatnonzero(np.concatenate([[True], left[1:] != left[:-1]]))
    place = np.arange(len(left)) - np.repeat(first, np.diff(np.append(first, len(left))))
    keep = np.zeros(len(pairs), bool)
    keep[order[place < _EACH]] = True
    return pairs.some(keep)


def _whole(units: Units, beside: Units, within: bool, threshold: float) -> Iterator[Pairs]:
    """Every pair, block by block."""
    held = beside.span(0, len(beside))
    right = beside.take(held).T
    for start in range(0, len(units), 1_024):
        look = units.span(start, 1_024)
        end = int(look[-1]) + 1 if within else len(held)
        yield _found(look, held[:end], units.take(look) @ right[:, :end], threshold, within)


def _found(look: Rows, held: Rows, scores: Vectors, threshold: float, before: bool) -> Pairs:
    """Pairs of a block of scores, of which each row gives its first in a crowd; with `before` only earlier ones."""
    near = scores >= threshold
    if before:
        near &= held[None] < look[:, None]
    if np.count_nonzero(near) > _CROWD * len(look):
        near &= np.cumsum(near, axis=1, dtype=np.int32) <= _CROWD
    at, to = np.nonzero(near)
    return Pairs(look[at], held[to], scores[at, to])


@final
class _Search:
    """Pairs through cells: units of the first side look, those of the second are found."""

    def __init__(
        self, sides: tuple[Units, Units], probes: tuple[Probes, Probes], within: bool, threshold: float
    ) -> None:
        self._asking, self._beside = sides
        self._asked, self._there = probes
        self._within, self._threshold = within, threshold
        self._far = float(np.sqrt(max(0.0, 2 - 2 * threshold)))
        self.compared = 0

    def chosen(self, seed: int) -> tuple[float, float | None]:
        """The smallest reach that finds enough of the pairs of a sample, and the share it finds of another's."""
        rng = np.random.default_rng(seed)
        rows = np.sort(rng.permutation(len(self._asking))[:_SAMPLE]).astype(np.int32)
        true = self._sampled(rows)
        first = np.isin(true.left, rows[rng.random(len(rows)) < 0.5])
        if min(first.sum(), (~first).sum()) < _ENOUGH:
            return _UNSEEN, None
        for reach in _REACHES:
            found = self._meet(true, reach)
            if found[first].mean() >= _WANTED:
                break
        return reach, float(found[~first].mean())

    def _sampled(self, rows: Rows) -> Pairs:
        """All true pairs of some rows, each with everything."""
        asked = self._asking.take(rows)
        made = []
        for start in range(0, len(self._beside), 8_192):
            held = self._beside.span(start)
            made.append(_found(rows, held, asked @ self._beside.take(held).T, self._threshold, before=False))
        found = joined(made)
        return found.some(found.left != found.right) if self._within else found

    def _meet(self, pairs: Pairs, reach: float) -> NDArray[np.bool_]:
        """Whether a pair is compared: one of the two looks into the cell of the other."""
        met = self._looks(self._asked, pairs.left, self._there.cells[pairs.right, 0], reach)
        if self._within:
            met |= self._looks(self._there, pairs.right, self._asked.cells[pairs.left, 0], reach)
        return met

    def _looks(self, probes: Probes, rows: Rows, cells: Rows, reach: float) -> NDArray[np.bool_]:
        active = probes.margins[rows] <= np.float16(reach * self._far)
        found: NDArray[np.bool_] = ((probes.cells[rows] == cells[:, None]) & active).any(axis=1)
        return found

    def pairs(self, reach: float) -> Iterator[Pairs]:
        """Every pair that meets in a cell, once."""
        active = self._asked.margins <= np.float16(reach * self._far)
        members, bounds = _lists(self._there.cells[:, :1])
        asking, edges = _lists(np.where(active, self._asked.cells, -1))
        for cell in range(min(len(bounds), len(edges)) - 1):
            held = members[bounds[cell] : bounds[cell + 1]]
            look = asking[edges[cell] : edges[cell + 1]]
            if not len(held) or not len(look):
                continue
            right = self._beside.take(held).T
            step = max(1, _SCORES // len(held))
            for start in range(0, len(look), step):
                rows = look[start : start + step]
                scores = self._asking.take(rows) @ right
                self.compared += scores.size
                yield self._cell(cell, rows, held, scores, reach)

    def _cell(self, cell: int, look: Rows, held: Rows, scores: Vectors, reach: float) -> Pairs:
        """Pairs in a cell, the later on the left; what those that it holds find when they look is left to them."""
        if not self._within:
            return _found(look, held, scores, self._threshold, before=False)
        earlier = _found(look, held, scores, self._threshold, before=True)
        outside = self._asked.cells[look, 0] != cell
        later = _found(held, look[outside], scores[outside].T, self._threshold, before=True)
        alone = ~self._looks(self._asked, later.left, self._asked.cells[later.right, 0], reach)
        return joined([earlier, later.some(alone)])


def _lists(cells: Rows) -> tuple[Rows, NDArray[np.int64]]:
    """Rows ordered by the cells `(n, p)` that they name, -1 left out; where each cell begins and ends among them."""
    row, column = np.nonzero(cells >= 0)
    named = cells[row, column]
    order = np.argsort(named, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(named, minlength=int(cells.max(initial=-1)) + 1))])
    return row[order].astype(np.int32), bounds.astype(np.int64)
