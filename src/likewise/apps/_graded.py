"""How a classifier did on what it had not seen: rates with intervals, and whether its probabilities are true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._classifier import Unseen, probabilities
from likewise.metrics._interval import Interval, wilson
from likewise.parts import find

__all__ = ["Grades", "graded"]

_BINS: Final = 10


@final
@dataclass(frozen=True, slots=True)
class Grades:
    """Cross-validated on `rows` labelled ones.

    `accuracy` of all, `answered` the share that it did not abstain from and `right` the accuracy on those, each with a
    95 % interval (Wilson); `f1` is macro-averaged; `calibration` the expected calibration error in ten bins.
    """

    rows: int
    accuracy: Interval
    answered: Interval
    right: Interval
    f1: float
    calibration: float


def graded(found: Unseen, warmth: float, bound: float) -> Grades:
    """The grades of scores by a rule that abstains where its best score is below `bound`."""
    best = found.scores.argmax(axis=1)
    hit = best == found.classes
    sure = found.scores.max(axis=1) >= bound
    said = probabilities(found.scores, warmth).max(axis=1)
    return Grades(
        len(hit),
        wilson(int(hit.sum()), len(hit)),
        wilson(int(sure.sum()), len(hit)),
        wilson(int(hit[sure].sum()), max(int(sure.sum()), 1)),
        float(find("metrics", "f1")(best, found.classes)),
        _error(said, hit),
    )


def _error(said: NDArray[np.float64], hit: NDArray[np.bool_]) -> float:
    """The mean distance between what was said and what came, over bins of what was said (Naeini et al. 2015)."""
    bins = np.minimum((said * _BINS).astype(int), _BINS - 1)
    gaps = [abs(said[bins == one].mean() - hit[bins == one].mean()) * (bins == one).sum() for one in np.unique(bins)]
    return float(sum(gaps) / len(hit))
