"""Recall of an index: how many of the exact nearest an approximate search finds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likewise.errors import InputError
from likewise.metrics._kinds import geometry

__all__ = ["index_recall"]


@geometry(low=0.0, high=1.0, best=1.0)
def index_recall(found: ArrayLike, exact: ArrayLike) -> float:
    """The mean over queries of |found and exact| / |exact|; rows of ids `(q, k)`, below 0 (or ""): no answer.

    The order within a row says nothing, an id given twice counts once. A query without an exact answer has 1.
    """
    one, other = np.asarray(found), np.asarray(exact)
    if one.ndim != 2 or other.ndim != 2 or len(one) != len(other):
        raise InputError(f"index_recall: {one.shape} beside {other.shape}, wanted ids (q, k) of the same queries")
    pairs = [(_ids(a), _ids(b)) for a, b in zip(one.tolist(), other.tolist(), strict=True)]
    return float(np.mean([len(a & b) / len(b) if b else 1.0 for a, b in pairs])) if pairs else 1.0


def _ids(row: list[int | str]) -> set[int | str]:
    return {name for name in row if not (name == "" or (isinstance(name, int) and name < 0))}
