"""What every metric of a kind takes and gives, and what it says of empty answers, ties and things that are missing."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.errors import InputError
from likewise.metrics._ranking import gains, judged_of

__all__ = [
    "Agreement",
    "Answers",
    "Detection",
    "Geometry",
    "Judged",
    "Labelled",
    "Metric",
    "Partition",
    "Ranked",
    "agreement",
    "detection",
    "geometry",
    "labelled",
    "mean",
    "partition",
    "ranked",
]

Answers = Mapping[str, Mapping[str, float]]
"""What was answered: query -> document -> score, a higher one is better."""
Judged = Mapping[str, Mapping[str, float]]
"""What is true: query -> document -> relevance, from 1 for relevant; 0 or absent for not."""
Numbers = NDArray[np.float64]
Counts = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Metric(ABC):
    """What judges: its `name`, the bounds of its values and the value of a result without fault."""

    name: str
    low: float
    high: float
    best: float


@final
@dataclass(frozen=True, slots=True)
class Ranked(Metric):
    """Judges rankings: a value for every judged query, from 0 to 1, higher is better.

    A query without answers has 0, so that silence never helps; one without any relevant document has 0 too, as in
    trec_eval; answers to queries that nobody judged count for nothing. Ties: `best_first`.
    """

    rule: Callable[[Numbers, Numbers, int | None], float]

    def __call__(self, answers: Answers, judged: Judged, k: int | None = None) -> dict[str, float]:
        """Values by query, in the order of `judged`, over the first `k` answers (None: over all).

        Raises InputError for k below 1 and for a score that is NaN.
        """
        if k is not None and k < 1:
            raise InputError(f"k is {k}, wanted at least 1")
        return {query: self.one(answers.get(query, {}), true, k) for query, true in judged.items()}

    def one(self, answers: Mapping[str, float], judged: Mapping[str, float], k: int | None = None) -> float:
        """The value of one query."""
        ideal = judged_of(judged)
        if not len(ideal):
            return 0.0
        return float(self.rule(gains(answers, judged, k), ideal, k))


@final
@dataclass(frozen=True, slots=True)
class Agreement(Metric):
    """Judges numbers beside true numbers `(n,)`: from -1 to 1; NaN where one side is constant, which says nothing."""

    rule: Callable[[Numbers, Numbers], float]

    def __call__(self, found: ArrayLike, truth: ArrayLike) -> float:
        """Raises InputError for fewer than two pairs, sides of different lengths and numbers that are not finite."""
        one, other = _numbers(found, truth, self.name)
        if len(one) < 2:
            raise InputError(f"{self.name} of {len(one)} pairs: wanted at least two")
        if np.ptp(one) == 0 or np.ptp(other) == 0:
            return float("nan")
        return float(self.rule(one, other))


@final
@dataclass(frozen=True, slots=True)
class Labelled(Metric):
    """Judges labels beside true labels, equal or not: from 0 to 1; 0 where there is nothing."""

    rule: Callable[..., float]

    def __call__(self, found: Sequence[Any], truth: Sequence[Any], **how: Any) -> float:
        """Raises InputError for sides of different lengths; `how` holds the options of the metric."""
        one, other = _numbered(found, truth, self.name)
        return float(self.rule(one, other, **how)) if len(one) else 0.0


@final
@dataclass(frozen=True, slots=True)
class Detection(Metric):
    """Judges scores `(n,)`, higher for what is more likely the same, beside whether it is `(n,)` bool: from 0 to 1.

    Pairs of one score stand or fall together. NaN where all are the same or none is: there is nothing to tell apart.
    """

    rule: Callable[..., float]

    def __call__(self, scores: ArrayLike, same: ArrayLike, **how: Any) -> float:
        """Raises InputError for sides of different lengths, labels other than 0 and 1, and scores that are NaN."""
        found, truth = _numbers(scores, same, self.name)
        if not np.isin(truth, (0.0, 1.0)).all():
            raise InputError(f"{self.name}: whether two are the same is 0 or 1, not {truth.max():g}")
        if not 0 < truth.sum() < len(truth):
            return float("nan")
        return float(self.rule(found, truth == 1.0, **how))


@final
@dataclass(frozen=True, slots=True)
class Partition(Metric):
    """Judges clusters beside true classes, whatever either is called; 1 where both group alike."""

    rule: Callable[..., float]

    def __call__(self, found: Sequence[Any], truth: Sequence[Any], **how: Any) -> float:
        """Raises InputError for sides of different lengths."""
        table = _table(found, truth, self.name)
        return float(self.rule(table, **how)) if len(table) else 1.0


@final
@dataclass(frozen=True, slots=True)
class Geometry(Metric):
    """Says how vectors lie or how near two searches are; what it takes is its own."""

    rule: Callable[..., float]

    def __call__(self, *what: Any, **how: Any) -> float:
        """The value of the rule; its own page says what it takes."""
        return float(self.rule(*what, **how))


def mean(values: Mapping[str, float]) -> float:
    """The mean over queries; 0 where there is none."""
    return float(np.mean(list(values.values()))) if values else 0.0


def ranked(rule: Callable[[Numbers, Numbers, int | None], float]) -> Ranked:
    """A metric of rankings from its rule: judgements of the answers `(n,)`, the best there could be `(r,)`, k."""
    return Ranked(rule.__name__, 0.0, 1.0, 1.0, rule)


def agreement(rule: Callable[[Numbers, Numbers], float]) -> Agreement:
    """A metric of numbers from its rule over two sides `(n,)`, neither constant."""
    return Agreement(rule.__name__, -1.0, 1.0, 1.0, rule)


def labelled(rule: Callable[..., float]) -> Labelled:
    """A metric of labels from its rule over two sides `(n,)` int, numbered together from 0 in sorted order."""
    return Labelled(rule.__name__, 0.0, 1.0, 1.0, rule)


def detection(best: float) -> Callable[[Callable[..., float]], Detection]:
    """A metric of detection, whose value without fault is `best`, from its rule over scores `(n,)` and bools `(n,)`."""

    def made(rule: Callable[..., float]) -> Detection:
        return Detection(rule.__name__, 0.0, 1.0, best, rule)

    return made


def partition(low: float) -> Callable[[Callable[..., float]], Partition]:
    """A metric of clusterings, never below `low`, from its rule over counts `(clusters, classes)`."""

    def made(rule: Callable[..., float]) -> Partition:
        return Partition(rule.__name__, low, 1.0, 1.0, rule)

    return made


def geometry(low: float, high: float, best: float) -> Callable[[Callable[..., float]], Geometry]:
    """A metric of vectors with its bounds and its best value, from its rule."""

    def made(rule: Callable[..., float]) -> Geometry:
        return Geometry(rule.__name__, low, high, best, rule)

    return made


def _numbers(found: ArrayLike, truth: ArrayLike, name: str) -> tuple[Numbers, Numbers]:
    one, other = np.asarray(found, np.float64), np.asarray(truth, np.float64)
    if one.shape != other.shape or one.ndim != 1:
        raise InputError(f"{name}: {one.shape} beside {other.shape}; give two lists of one length")
    if not np.isfinite(other).all() or np.isnan(one).any():
        raise InputError(f"{name}: a number is NaN; leave out what has no score")
    return one, other


def _numbered(found: Sequence[Any], truth: Sequence[Any], name: str) -> tuple[Counts, Counts]:
    """Labels as numbers from 0, those of both sides by one list in sorted order."""
    one, other = _beside(found, truth, name)
    kinds = sorted({type(label).__name__ for label in (*one, *other)})
    if "str" in kinds and len(kinds) > 1:
        raise InputError(f"{name}: labels are {' and '.join(kinds)}, which are never equal; give one kind")
    places = {label: at for at, label in enumerate(sorted({*one, *other}))}
    return _placed(one, places), _placed(other, places)


def _placed(labels: list[Any], places: Mapping[Any, int]) -> Counts:
    return np.array([places[label] for label in labels], dtype=np.intp)


def _table(found: Sequence[Any], truth: Sequence[Any], name: str) -> Counts:
    """How many things stand in each cluster and class `(clusters, classes)`; each side has names of its own."""
    one, other = _beside(found, truth, name)
    rows, columns = ({label: at for at, label in enumerate(dict.fromkeys(side))} for side in (one, other))
    table = np.zeros((len(rows), len(columns)), np.intp)
    np.add.at(table, (_placed(one, rows), _placed(other, columns)), 1)
    return table


def _beside(found: Sequence[Any], truth: Sequence[Any], name: str) -> tuple[list[Any], list[Any]]:
    if len(found) != len(truth):
        raise InputError(f"{name}: {len(found)} labels beside {len(truth)}; give two lists of one length")
    return np.asarray(found, object).tolist(), np.asarray(truth, object).tolist()
