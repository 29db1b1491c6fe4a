"""Contestants beside each other: simultaneous intervals of all differences, by one bootstrap over units.

The draws are paired (every contestant is judged on the same units) and the correction is the studentised maximum over
all differences in the report: Westfall and Young, "Resampling-based multiple testing" (1993); the set that may hold the
best is Hsu's, "Multiple comparisons" (1996). So with 95 % probability every difference that is called one is real.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.evaluation._outcome import Outcome, spread
from likewise.metrics._interval import Interval, wider

__all__ = ["Contest", "Difference", "contest"]

_LEVEL: Final = 0.05
_POWER: Final = 0.8
_LEAST: Final = 6
"""Units on which two differ, below which nothing can be significant at 5 % (the sign test says the same)."""
_ENOUGH: Final = 100
"""Times as many units as there are, beyond which nobody will gather them."""

Numbers = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """How much better the first of two is: score minus score, its simultaneous 95 % interval, the adjusted p-value.

    `wins`, `ties` and `losses` count the units that have a value of their own (None: none has); `more` is how many more
    units would decide it with a chance of 80 % if the difference is what it seems (0: decided; None: over 100 times as
    many, or nothing is seen that sets the two apart).
    """

    first: str
    second: str
    interval: Interval
    p: float
    wins: int | None
    ties: int | None
    losses: int | None
    more: int | None

    @property
    def decided(self) -> bool:
        return self.interval.low > 0 or self.interval.high < 0


@final
@dataclass(frozen=True, slots=True)
class Contest:
    """What one task says, or the mean of all (`task` ""): scores by contestant, all differences, who may be the best.

    `tied` are those whom nobody beats: with 95 % probability the truly best is one of them.
    """

    task: str
    metric: str
    unit: str
    units: int
    scores: dict[str, Interval]
    differences: tuple[Difference, ...]
    tied: tuple[str, ...]

    def between(self, first: str, second: str) -> Difference:
        """The difference of two, in this order."""
        for one in self.differences:
            if (one.first, one.second) == (first, second):
                return one
            if (one.first, one.second) == (second, first):
                return _turned(one)
        raise InputError(f"there is no difference of {first!r} and {second!r}")


def contest(
    outcomes: Sequence[Sequence[Outcome]], names: Sequence[str], times: int = 2_000, seed: int = 0
) -> tuple[Contest, ...]:
    """The mean of all tasks and then each task, from the outcomes of every task `[task][contestant]`.

    The mean counts every task alike; its draws are within tasks, since other tasks are not more of the same. Raises
    InputError where contestants were not judged on the same units.
    """
    for some in outcomes:
        if any(one.units != some[0].units for one in some):
            raise InputError(f"{some[0].task}: contestants were judged on different units")
    drawn = [_draws(some, times, np.random.default_rng([seed, at])) for at, some in enumerate(outcomes)]
    scores = [np.array([one.score for one in some]) for some in outcomes]
    tables = [_Table.of(some, score, draws) for some, score, draws in zip(outcomes, scores, drawn, strict=True)]
    if len(tables) > 1:
        tables.insert(0, _together(tables))
    most = np.max([table.greatest for table in tables], axis=0)
    return tuple(_contest(table, names, most) for table in tables)


def _draws(some: Sequence[Outcome], times: int, rng: np.random.Generator) -> Numbers:
    """Scores `(times, contestants)` of units drawn anew, the same for all."""
    n = len(some[0].units)
    made = np.empty((times, len(some)))
    for at in range(times):
        rows = rng.integers(n, size=n)
        made[at] = [one.again(rows) for one in some]
    return made


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Scores `(c,)`, draws `(b, c)`; errors `(c, c)` of differences; `values` `(c, n)` of each unit alone."""

    task: str
    metric: str
    unit: str
    scores: Numbers
    draws: Numbers
    values: Numbers
    errors: Numbers

    @classmethod
    def of(cls, some: Sequence[Outcome], scores: Numbers, draws: Numbers) -> _Table:
        values = np.array([one.values for one in some])
        told = np.where(
            np.isfinite(draws).all(axis=1, keepdims=True), draws, scores
        )  # what cannot be told moves nothing
        errors = _errors(told, values, len(some[0].units))
        return cls(some[0].task, some[0].metric, some[0].unit, scores, told, values, errors)

    @property
    def greatest(self) -> Numbers:
        """In every draw the greatest studentised distance of a difference from what was seen `(b,)`."""
        most = np.zeros(len(self.draws))
        c = len(self.scores)
        for i in range(c):
            for j in range(i):
                moved = self.draws[:, i] - self.draws[:, j]
                if 0 < self.errors[i, j] < np.inf:
                    # by their own spread: what widens an error must not narrow the cut that it is multiplied with
                    most = np.maximum(most, np.abs(moved - moved.mean()) / moved.std(ddof=1))
        return most


def _errors(draws: Numbers, values: Numbers, units: int) -> Numbers:
    """Standard errors of all differences; infinite where too few units differ to say anything.

    They are widened by the ratio of the quantiles of Student's t and the normal distribution, for as many units as the
    two differ on: what all agree on says nothing about their difference.
    """
    c = draws.shape[1]
    made = np.zeros((c, c))
    known = bool(np.isfinite(values).all())
    for i in range(c):
        for j in range(i):
            differ = int((values[i] != values[j]).sum()) if known else units
            error = float((draws[:, i] - draws[:, j]).std(ddof=1))
            if differ == 0 and error == 0:
                continue
            made[i, j] = made[j, i] = error * wider(differ) if differ >= _LEAST else np.inf
    return made


def _together(tables: Sequence[_Table]) -> _Table:
    """The mean of all tasks."""
    draws = np.mean([table.draws for table in tables], axis=0)
    scores = np.mean([table.scores for table in tables], axis=0)
    values = np.concatenate([table.values for table in tables], axis=1)
    return _Table("", "mean", "unit", scores, draws, values, _errors(draws, values, values.shape[1]))


def _contest(table: _Table, names: Sequence[str], most: Numbers) -> Contest:
    cut = float(np.quantile(most, 1 - _LEVEL))
    order = np.argsort(-table.scores, kind="stable").tolist()
    scores = {names[i]: spread(float(table.scores[i]), table.draws[:, i], table.values[i]) for i in order}
    found = tuple(_difference(table, names, (i, j), most, cut) for at, i in enumerate(order) for j in order[at + 1 :])
    beaten = {one.second for one in found if one.interval.low > 0} | {
        one.first for one in found if one.interval.high < 0
    }
    tied = tuple(names[i] for i in order if names[i] not in beaten)
    return Contest(table.task, table.metric, table.unit, table.values.shape[1], scores, found, tied)


def _difference(table: _Table, names: Sequence[str], pair: tuple[int, int], most: Numbers, cut: float) -> Difference:
    i, j = pair
    gap, error = float(table.scores[i] - table.scores[j]), float(table.errors[i, j])
    told = np.isfinite(table.values[[i, j]]).all(axis=0)  # where a unit alone has no value nothing is won
    one, other, known = table.values[i, told], table.values[j, told], bool(told.any())
    won, even, lost = (int(side.sum()) if known else None for side in (one > other, one == other, one < other))
    if error == 0:
        return Difference(
            names[i], names[j], Interval(gap, gap, gap), 1.0 if gap == 0 else 0.0, won, even, lost, _none(gap)
        )
    if np.isinf(error):
        more = _few(table, pair, cut)
        return Difference(names[i], names[j], Interval(gap, -np.inf, np.inf), 1.0, won, even, lost, more)
    p = float((1 + (most >= abs(gap) / error).sum()) / (1 + len(most)))
    interval = Interval(gap, gap - cut * error, gap + cut * error)
    return Difference(names[i], names[j], interval, p, won, even, lost, _more(gap, error, cut, table.values.shape[1]))


def _none(gap: float) -> int | None:
    """More units that would decide between what never differs: no number would."""
    return None if gap == 0 else 0


def _more(gap: float, error: float, cut: float, units: int) -> int | None:
    """Units beside those there are, so that a true difference of `gap` is found with a chance of 80 %."""
    if abs(gap) > cut * error:
        return 0
    if gap == 0:
        return None
    needed = ((cut + NormalDist().inv_cdf(_POWER)) * error / abs(gap)) ** 2
    return ceil((needed - 1) * units) if needed <= 1 + _ENOUGH else None


def _few(table: _Table, pair: tuple[int, int], cut: float) -> int | None:
    """The same where fewer than six units differ, of which nothing is declared: six must, and as they do so far."""
    i, j = pair
    told, units = table.values[[i, j]], table.values.shape[1]
    differ = int((told[0] != told[1]).sum()) if np.isfinite(told).all() else units
    error = float((table.draws[:, i] - table.draws[:, j]).std(ddof=1)) * wider(_LEAST)
    decides = _more(float(table.scores[i] - table.scores[j]), error, cut, units)
    return None if decides is None or not differ else max(decides, ceil((_LEAST / differ - 1) * units))


def _turned(one: Difference) -> Difference:
    """The same difference, seen from the other side."""
    told = one.interval
    interval = Interval(-told.mean, -told.high, -told.low)
    return Difference(one.second, one.first, interval, one.p, one.losses, one.ties, one.wins, one.more)
