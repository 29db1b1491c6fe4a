"""Average precision of rankings: the precision at every relevant answer (MAP is its mean over queries)."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Numbers, ranked

__all__ = ["mean_average_precision"]


@ranked
def mean_average_precision(found: Numbers, ideal: Numbers, k: int | None) -> float:  # noqa: ARG001
    """The sum of the precision at every relevant answer, over the number of all relevant documents."""
    hits = found > 0
    precisions = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precisions[hits].sum() / len(ideal))
