"""Recall: how much of what is relevant was found."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Numbers, ranked

__all__ = ["recall"]


@ranked
def recall(found: Numbers, ideal: Numbers, k: int | None) -> float:  # noqa: ARG001
    """Relevant answers over all relevant documents."""
    return float(np.count_nonzero(found) / len(ideal))
