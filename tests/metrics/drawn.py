"""Random cases for metrics, with everything that real ones have: ties, one kind alone, few cases."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["labels", "numbers", "pairs"]


def numbers(rng: np.random.Generator, n: int) -> Any:
    """Two rows of numbers, of few values in every other case."""
    steps = rng.choice([3, 1_000_000])
    return tuple(rng.integers(0, steps, n) / steps for _ in range(2))


def labels(rng: np.random.Generator, n: int) -> Any:
    """Two labellings of up to seven kinds."""
    kinds = int(rng.integers(1, 8))
    return tuple(rng.integers(0, kinds, n) for _ in range(2))


def pairs(rng: np.random.Generator, n: int) -> Any:
    """Scores, and which of them are of matches: some of either."""
    steps = rng.choice([3, 1_000_000])
    same = rng.random(n) < 0.4
    same[:2] = True, False
    return rng.integers(0, steps, n) / steps + 0.3 * same, same
