"""Average precision of scores of same or not: the area under precision beside recall, by steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.metrics._kinds import Numbers, detection
from likewise.metrics._rates import rates

__all__ = ["average_precision"]


@detection(best=1.0)
def average_precision(scores: Numbers, same: NDArray[np.bool_]) -> float:
    """The sum of precision * (gain in recall) over thresholds, strictest first, without interpolation."""
    found = rates(scores, same)
    recall = 1.0 - found.missed[1:]
    right, wrong = recall * same.sum(), found.accepted[1:] * (~same).sum()
    return float((np.diff(recall, prepend=0.0) * right / (right + wrong)).sum())
