"""Spearman's rank correlation: how far two lists of numbers agree on an order."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Numbers, agreement
from likewise.metrics._ranks import ranks

__all__ = ["spearman"]


@agreement
def spearman(found: Numbers, truth: Numbers) -> float:
    """Pearson's correlation of the ranks, ties at the mean of theirs."""
    one, other = ranks(found), ranks(truth)
    one, other = one - one.mean(), other - other.mean()
    return float(np.clip(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)), -1.0, 1.0))
