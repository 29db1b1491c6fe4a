"""How often a threshold is wrong, for every threshold that there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Rates", "crossing", "rates"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Errors of "the same, if the score is at least the threshold", from the strictest threshold to the loosest.

    `thresholds (t,)` start with infinity, at which nothing is accepted, and hold every distinct score, falling.
    `accepted (t,)` is the share of pairs that differ and were accepted (FAR, FPR), `missed (t,)` the share of pairs
    that are the same and were not (FRR, 1 - TPR). The two are a DET curve, `accepted` beside 1 - `missed` a ROC curve.
    """

    thresholds: NDArray[np.float64]
    accepted: NDArray[np.float64]
    missed: NDArray[np.float64]


def rates(scores: ArrayLike, same: ArrayLike) -> Rates:
    """The errors at every threshold of scores `(n,)` of pairs that are the same or not `(n,)`.

    Pairs of one score stand or fall together. There must be pairs of both kinds.
    """
    found, truth = np.asarray(scores, np.float64), np.asarray(same, bool)
    order = np.argsort(-found, kind="stable")
    found, truth = found[order], truth[order]
    last = np.append(np.flatnonzero(np.diff(found)), len(found) - 1)  # of every run of equal scores
    right = np.append(0, np.cumsum(truth)[last])
    wrong = np.append(0, last + 1) - right
    return Rates(np.append(np.inf, found[last]), wrong / wrong[-1], 1.0 - right / right[-1])


def crossing(accepted: NDArray[np.float64], missed: NDArray[np.float64]) -> float:
    """Where the two errors `(t,)`, from the strictest threshold to the loosest, are equal; straight lines between."""
    apart = accepted - missed  # rises from -1 to 1
    after = int(np.argmax(apart >= 0))
    before = after - 1
    share = -apart[before] / (apart[after] - apart[before])
    return float(accepted[before] + share * (accepted[after] - accepted[before]))
