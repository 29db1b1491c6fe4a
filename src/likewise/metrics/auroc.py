"""Area under the ROC curve: how likely a pair that is the same has the higher score of two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.metrics._kinds import Numbers, detection
from likewise.metrics._ranks import ranks

__all__ = ["auroc"]


@detection(best=1.0)
def auroc(scores: Numbers, same: NDArray[np.bool_]) -> float:
    """The statistic of Mann and Whitney over its greatest value; a tie counts half."""
    right, wrong = int(same.sum()), int((~same).sum())
    return float((ranks(scores)[same].sum() - right * (right + 1) / 2) / (right * wrong))
