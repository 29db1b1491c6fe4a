"""Whether an explanation is faithful: what it calls important is taken away first, and the similarity should fall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Deletion", "Similar", "deletion"]

_STEPS: Final = 8
_ORDERS: Final = 8

Similar = Callable[[Sequence[frozenset[int]]], NDArray[np.float64]]
"""Similarities of a text without these pieces, for each set of them `(n,)`."""


@final
@dataclass(frozen=True, slots=True)
class Deletion:
    """The deletion test (Petsiuk, Das and Saenko 2018, arXiv:1806.07421).

    `area` is the mean similarity while pieces are taken away, the most important first; `random` the same in random
    orders (mean of eight, seeded), `reverse` with the least important first; `beats` is the share of the random orders
    whose area is larger.
    """

    area: float
    random: float
    reverse: float
    beats: float

    @property
    def score(self) -> float:
        """The share of the random area that this order saves: 0 no better than random, below 0 worse."""
        return (self.random - self.area) / self.random if self.random > 0 else 0.0


def deletion(weights: NDArray[np.float64], similar: Similar, seed: int = 0) -> Deletion | None:
    """The test of an order by `weights` `(n,)`, in at most eight steps; None for fewer than two pieces."""
    count = len(weights)
    if count < 2:
        return None
    best = np.argsort(-weights, kind="stable")
    rng = np.random.default_rng(seed)
    orders = [best, best[::-1], *(rng.permutation(count) for _ in range(_ORDERS))]
    ends = np.unique(np.linspace(0, count, min(_STEPS, count) + 1).round().astype(np.int64))[1:-1]
    ends = ends if len(ends) else np.array([1])
    asked = [frozenset(map(int, order[:end])) for order in orders for end in ends]
    areas = similar(asked).reshape(len(orders), len(ends)).mean(axis=1)
    return Deletion(float(areas[0]), float(areas[2:].mean()), float(areas[1]), float((areas[2:] > areas[0]).mean()))
