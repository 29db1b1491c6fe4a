"""Which examples a classifier learns from, drawn as MTEB draws them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from likewise.evaluation._outcome import Rows

__all__ = ["folds", "rounds"]

_FOLDS = 5


def rounds(labels: Sequence[str | int], per_label: int, times: int, seed: int) -> Iterator[Rows]:
    """`times` draws of `per_label` rows of every label; each shuffles on from the order that the last one left."""
    order = list(range(len(labels)))
    for _ in range(times):
        yield _drawn(labels, order, per_label, seed)


def folds(labels: Sequence[str | int], per_label: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Five folds: rows drawn from the other four, and the rows of the fold, as KFold of scikit-learn cuts them."""
    shuffled = np.arange(len(labels))
    np.random.RandomState(seed).shuffle(shuffled)
    order: list[int] = []
    for fold in np.array_split(shuffled, _FOLDS):
        judged = np.sort(fold)
        others = np.setdiff1d(shuffled, judged)
        if len(order) != len(others):
            order = list(range(len(others)))
        yield others[_drawn([labels[row] for row in others], order, per_label, seed)], judged


def _drawn(labels: Sequence[str | int], order: list[int], per_label: int, seed: int) -> Rows:
    """The first `per_label` rows of every label in an order that is shuffled in place; MTEB starts from one seed."""
    np.random.RandomState(seed).shuffle(order)
    taken: Counter[str | int] = Counter()
    rows = []
    for row in order:
        if taken[labels[row]] < per_label:
            taken[labels[row]] += 1
            rows.append(row)
    return np.array(rows, dtype=np.intp)
