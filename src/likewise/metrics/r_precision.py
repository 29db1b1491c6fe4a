"""R-precision: precision at as many answers as there are relevant documents."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Numbers, ranked

__all__ = ["r_precision"]


@ranked
def r_precision(found: Numbers, ideal: Numbers, k: int | None) -> float:  # noqa: ARG001
    """Relevant answers among the first R, over R, the number of all relevant documents."""
    return float(np.count_nonzero(found[: len(ideal)]) / len(ideal))
