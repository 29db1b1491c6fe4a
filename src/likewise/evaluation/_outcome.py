"""What an evaluation found: a score, its interval, and every query, pair or item that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.metrics._interval import Interval, wider, wilson
from likewise.types import Report

__all__ = ["Numbers", "Outcome", "Rows", "spread"]

Numbers = NDArray[np.float64]
Rows = NDArray[np.intp]
_TIMES: Final = 1_000


@final
@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """How good one encoder is at one task.

    `score` is the value of `metric`, which is one of `scores` (named as MTEB names them). It is made of `units`
    (queries, pairs, items, draws): `values (n,)` are those of each alone, NaN where one alone has none (a pair has no
    correlation), and `again(rows)` is the score of units drawn anew, by which intervals and comparisons are made.
    `refused` tells of what could not be encoded (a zero vector stood for it), `notes` of what else a reader must know.
    """

    task: str
    kind: str
    metric: str
    scores: Mapping[str, float]
    unit: str
    units: tuple[str, ...]
    values: Numbers
    again: Callable[[Rows], float]
    refused: tuple[Report, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self.values) != len(self.units):
            raise InputError(f"{self.task}: {len(self.values)} values beside {len(self.units)} units")

    @property
    def score(self) -> float:
        return self.scores[self.metric]

    @property
    def interval(self) -> Interval:
        """The score and the ends of its 95 % bootstrap interval over units, of a fixed seed."""
        rng, n = np.random.default_rng(0), len(self.units)
        drawn = [self.again(rng.integers(n, size=n)) for _ in range(_TIMES)] if n else []
        return spread(self.score, np.array(drawn), self.values)


def spread(score: float, draws: Numbers, values: Numbers) -> Interval:
    """A score with its percentile interval over `draws`, widened by Student's t for as many units as there are.

    Units that all have one value between 0 and 1 say nothing of how others vary: Wilson's interval, as if each had been
    right or wrong, stands for theirs. NaN where no draw could be told.
    """
    told = draws[np.isfinite(draws)]
    if not len(told):
        return Interval(score, float("nan"), float("nan"))
    known = bool(np.isfinite(values).all())
    bounded = known and values.min() >= 0 and values.max() <= 1
    if bounded and np.ptp(values) == 0:
        found = wilson(float(values.sum()), len(values))
        return Interval(score, min(found.low, score), max(found.high, score))
    low, high = np.quantile(told, (0.025, 0.975))
    more = wider(len(values)) if len(values) > 1 else 1.0
    low, high = score - more * (score - low), score + more * (high - score)
    return (
        Interval(score, max(float(low), 0.0), min(float(high), 1.0))
        if bounded
        else Interval(score, float(low), float(high))
    )
