"""Several rankings made one by reciprocal rank fusion."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

from likewise.errors import InputError

__all__ = ["depth", "fuse"]

_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke & Büttcher, SIGIR 2009)."""
T = TypeVar("T", bound=Hashable)


def depth(k: int) -> int:
    """How far down each ranking is looked at for the k best of all; InputError for a k under 1."""
    if k < 1:
        raise InputError(f"k is {k}, wanted at least 1")
    return max(2 * k, 50)


def fuse(rankings: Sequence[Sequence[T]], k: int) -> list[tuple[T, float]]:
    """The k best of several rankings: score = sum of 1 / (60 + rank) over them, scaled to 1.0 for first in each."""
    best = len(rankings) / (_K + 1)
    scores: dict[T, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, 1):
            scores[one] = scores.get(one, 0.0) + 1 / (_K + rank) / best
    return sorted(scores.items(), key=lambda pair: -pair[1])[:k]  # stable: the first ranking breaks ties
