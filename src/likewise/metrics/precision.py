"""Precision: how much of what was found is relevant."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Numbers, ranked

__all__ = ["precision"]


@ranked
def precision(found: Numbers, ideal: Numbers, k: int | None) -> float:  # noqa: ARG001
    """Relevant answers over `k`, however few answers there are; without `k`, over all answers."""
    wanted = k or len(found)
    return float(np.count_nonzero(found) / wanted) if wanted else 0.0
