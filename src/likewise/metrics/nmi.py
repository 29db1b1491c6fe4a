"""Normalised mutual information: how much clusters tell of classes."""

from __future__ import annotations

from typing import Literal

import numpy as np

from likewise.errors import InputError
from likewise.metrics._entropy import entropies
from likewise.metrics._kinds import Counts, partition

__all__ = ["nmi"]


@partition(low=0.0)
def nmi(table: Counts, average: Literal["arithmetic", "geometric", "min", "max"] = "arithmetic") -> float:
    """Mutual information over the mean of the two entropies; the arithmetic mean makes it the V-measure.

    Where both sides are a single group it is 1; where one alone is, 0.
    """
    clusters, classes, shared = entropies(table)
    means = {
        "arithmetic": (clusters + classes) / 2,
        "geometric": float(np.sqrt(clusters * classes)),
        "min": min(clusters, classes),
        "max": max(clusters, classes),
    }
    if average not in means:
        raise InputError(f"average is {average!r}, wanted {', '.join(means)}")
    if table.shape == (1, 1):
        return 1.0
    return min(shared / means[average], 1.0) if means[average] else 0.0
