"""Equal error rate: the error where as many strangers are let in as friends are turned away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.metrics._kinds import Numbers, detection
from likewise.metrics._rates import crossing, rates

__all__ = ["eer"]


@detection(best=0.0)
def eer(scores: Numbers, same: NDArray[np.bool_]) -> float:
    """Where the two error rates meet on the ROC curve, straight lines between its points."""
    found = rates(scores, same)
    return crossing(found.accepted, found.missed)
