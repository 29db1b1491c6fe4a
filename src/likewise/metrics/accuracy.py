"""Accuracy: how many labels are right."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Counts, labelled

__all__ = ["accuracy"]


@labelled
def accuracy(found: Counts, truth: Counts) -> float:
    """Labels that are equal, over all."""
    return float(np.mean(found == truth))
