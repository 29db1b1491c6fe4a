"""Classes from labelled vectors: the scores of a rule, what it scores on what it has not seen, and probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import MissingLibrary
from likewise.parts import missing
from likewise.types import Vectors

__all__ = ["RULES", "Rule", "Seen", "Unseen", "learned", "probabilities", "temperature", "unseen"]

Rule = Literal["logistic", "nearest"]
RULES: Final[tuple[Rule, ...]] = ("logistic", "nearest")
_STRENGTH: Final = 10.0
"""Inverse of the L2 penalty of the logistic regression: on unit vectors of texts anything from 10 to 100 serves."""
_FOLDS: Final = 5

Floats = NDArray[np.float64]
Classes = NDArray[np.int64]
Scores = Callable[[Vectors], Floats]


@final
@dataclass(frozen=True, slots=True)
class Seen:
    """Labelled unit vectors `(n, dim)`, the number of the class of each, and how many classes there are."""

    vectors: Vectors
    classes: Classes
    count: int

    def some(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Seen:
        """Those rows, of the same classes."""
        return Seen(self.vectors[rows], self.classes[rows], self.count)

    def beside(self, other: Seen) -> Seen:
        """These and others of the same classes."""
        vectors = np.concatenate([self.vectors, other.vectors])
        return Seen(vectors, np.concatenate([self.classes, other.classes]), self.count)


@final
@dataclass(frozen=True, slots=True)
class Unseen:
    """Scores `(m, classes)` of labelled rows by a rule that did not learn from them, and the classes of those rows."""

    scores: Floats
    classes: Classes


def learned(seen: Seen, rule: Rule) -> Scores:
    """What gives vectors `(n, dim)` a score for every class `(n, classes)`.

    logistic: multinomial, with an L2 penalty, by scikit-learn; nearest: the cosine with the mean of each class (Snell
    et al., "Prototypical networks", 2017). A class of which no row is there has the lowest score of all.
    """
    there = np.unique(seen.classes)
    made = _logistic(seen) if rule == "logistic" and len(there) > 1 else _nearest(seen, there)

    def scores(vectors: Vectors) -> Floats:
        found = made(vectors)
        whole = np.full((len(vectors), seen.count), found.min(initial=0.0) - 1)
        whole[:, there] = found
        return whole

    return scores


def _nearest(seen: Seen, there: Classes) -> Scores:
    means = np.stack([seen.vectors[seen.classes == one].mean(axis=0) for one in there]).astype(np.float64)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return lambda vectors: vectors @ means.T


def _logistic(seen: Seen) -> Scores:
    try:
        from sklearn.linear_model import LogisticRegression
    except ModuleNotFoundError as error:
        raise MissingLibrary(f"logistic regression needs {missing(error)}; the rule nearest needs nothing") from error
    model = LogisticRegression(C=_STRENGTH, max_iter=2_000)
    model.fit(seen.vectors.astype(np.float64), seen.classes)

    def scores(vectors: Vectors) -> Floats:
        found: Floats = model.decision_function(vectors.astype(np.float64))
        return found if found.ndim == 2 else np.stack([-found / 2, found / 2], axis=1)

    return scores


def unseen(seen: Seen, always: Seen, rule: Rule, seed: int) -> Unseen:
    """Scores by cross-validation in five folds, in which every class has its share; `always` is learnt from in each.

    A row that is alone in its class is learnt from and never asked about; where all are, none is asked.
    """
    rng = np.random.default_rng(seed)
    fold = np.full(len(seen.classes), -1)
    for one in np.unique(seen.classes):
        rows = rng.permutation(np.flatnonzero(seen.classes == one))
        if len(rows) > 1 or one in always.classes:
            fold[rows] = (np.arange(len(rows)) + rng.integers(_FOLDS)) % _FOLDS
    scores = np.zeros((len(fold), seen.count))
    for at in np.unique(fold[fold >= 0]):
        asked = fold == at
        scores[asked] = learned(seen.some(~asked).beside(always), rule)(seen.vectors[asked])
    return Unseen(scores[fold >= 0], seen.classes[fold >= 0])


def temperature(found: Unseen) -> float:
    """What scores are divided by so that their softmax is the probability (Guo et al., "On calibration", 2017).

    The loss is convex in the inverse, which is found by thirds.
    """
    low, high = np.log(1e-3), np.log(1e3)
    while high - low > 1e-4:
        third = (high - low) / 3
        if _surprise(found, np.exp(low + third)) <= _surprise(found, np.exp(high - third)):
            high -= third
        else:
            low += third
    return float(np.exp(-(low + high) / 2))


def _surprise(found: Unseen, inverse: float) -> float:
    chosen = probabilities(found.scores, 1 / inverse)[np.arange(len(found.classes)), found.classes]
    return float(-np.log(np.maximum(chosen, 1e-300)).mean())


def probabilities(scores: Floats, warmth: float) -> Floats:
    """Softmax of scores `(n, classes)` over the temperature."""
    raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / warmth)
    made: Floats = raised / raised.sum(axis=1, keepdims=True)
    return made
