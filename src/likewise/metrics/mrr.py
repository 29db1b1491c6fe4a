"""Reciprocal rank: how far up the first relevant answer stands (MRR is its mean over queries)."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Numbers, ranked

__all__ = ["mrr"]


@ranked
def mrr(found: Numbers, ideal: Numbers, k: int | None) -> float:  # noqa: ARG001
    """1 / the rank of the first relevant answer, 0 where there is none."""
    hits = np.flatnonzero(found > 0)
    return 1.0 / (int(hits[0]) + 1) if len(hits) else 0.0
