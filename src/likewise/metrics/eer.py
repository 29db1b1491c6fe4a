"""Equal error rate: the error where as many strangers are let in as friends are turned away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.metrics._kinds import Numbers, detection
from likewise.metrics._rates import rates

__all__ = ["eer"]


@detection(best=0.0)
def eer(scores: Numbers, same: NDArray[np.bool_]) -> float:
    """Where the two error rates meet on the ROC curve, straight lines between its points."""
    found = rates(scores, same)
    apart = found.accepted - found.missed  # rises from -1 to 1
    after = int(np.argmax(apart >= 0))
    before = after - 1
    share = -apart[before] / (apart[after] - apart[before])
    return float(found.accepted[before] + share * (found.accepted[after] - found.accepted[before]))
