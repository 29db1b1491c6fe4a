"""Pearson's correlation: how near two lists of numbers come to a straight line."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Numbers, agreement

__all__ = ["pearson"]


@agreement
def pearson(found: Numbers, truth: Numbers) -> float:
    """The cosine of the two lists, each less its mean."""
    one, other = found - found.mean(), truth - truth.mean()
    return float(np.clip(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)), -1.0, 1.0))
