"""F1: the harmonic mean of precision and recall of labels."""

from __future__ import annotations

from typing import Literal

import numpy as np

from likewise.errors import InputError
from likewise.metrics._kinds import Counts, labelled

__all__ = ["f1"]


@labelled
def f1(found: Counts, truth: Counts, average: Literal["macro", "weighted", "micro"] = "macro") -> float:
    """2 TP / (2 TP + FP + FN) of every label that is found or true, 0 where there is none of it.

    `average`: `macro` is the mean over labels, `weighted` by how often each is true, `micro` counts all together.
    """
    if average not in ("macro", "weighted", "micro"):
        raise InputError(f"average is {average!r}, wanted macro, weighted or micro")
    if average == "micro":
        return float(np.mean(found == truth))
    size = int(max(found.max(), truth.max())) + 1
    right = np.bincount(truth[found == truth], minlength=size)
    true = np.bincount(truth, minlength=size)
    scores = 2 * right / (np.bincount(found, minlength=size) + true)  # every label is found or true at least once
    return float(np.average(scores, weights=true if average == "weighted" else None))
