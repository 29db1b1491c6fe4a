"""What other items, and other draws of them, would give: scores of repeated runs over items, as a sum over items."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from likewise.evaluation._outcome import Numbers, Rows

__all__ = ["again", "influences"]


def again(values: Numbers, runs: Sequence[float] | Numbers) -> Callable[[Rows], float]:
    """The score of items drawn anew, from what each item `(n,)` gives, mean the score, and the score of every run.

    What a run drew (examples to learn from, items to cluster) is drawn anew too: the first of the rows say which runs.
    """
    own = np.asarray(runs, dtype=np.float64)
    centred = own - own.mean()

    def score(rows: Rows) -> float:
        return float(values[rows].mean() + centred[rows[: len(own)] % len(own)].mean())

    return score


def influences(table: Numbers) -> Numbers:
    """What one more item of every cell moves the V-measure of counts `(clusters, classes)`, times how many there are.

    The influence function (Hampel 1974) of 2 I / (H(clusters) + H(classes)); its mean over the items is 0.
    """
    shares = table / table.sum()
    rows, columns = shares.sum(axis=1, keepdims=True), shares.sum(axis=0, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(shares > 0, np.log(shares / (rows * columns)), 0.0)
        clusters, classes = -np.log(rows), -np.log(columns)
    shared = float((shares * told).sum())
    unknown = float((rows * clusters).sum() + (columns * classes).sum())
    if unknown <= 0:
        return np.zeros_like(shares)
    moved = 2 * (told - shared) - 2 * shared / unknown * (clusters + classes - unknown)
    return np.asarray(np.where(shares > 0, moved / unknown, 0.0))
