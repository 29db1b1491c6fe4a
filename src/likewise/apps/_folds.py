"""Folds of pairs that share nothing: what a threshold or a curve is tried on was not there when it was made."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fold", "folds"]

Fold = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows to make something of, rows to try it on."""
_HALVINGS: Final = 5


def folds(units: NDArray[np.int64], matches: NDArray[np.bool_], count: int = 5, seed: int = 0) -> list[Fold]:
    """Rows to learn from and rows to judge by, such that no unit `(n, 2)` is on both sides; both hold both kinds.

    Where every pair has one unit, `count` folds hold each pair out once. Where pairs join two units (speakers, items),
    the units are halved five times, each half is tried on what was learned from the other, and pairs between the
    halves serve neither. A division that leaves a side without matches or without others is left out.
    """
    known, places = np.unique(units, return_inverse=True)
    left, right = places.reshape(units.shape).T
    rng = np.random.default_rng(seed)
    made: list[Fold] = []
    if (left == right).all():
        part = rng.permutation(len(known)) % count
        made = [(np.flatnonzero(part[left] != one), np.flatnonzero(part[left] == one)) for one in range(count)]
    else:
        for _ in range(_HALVINGS):
            half = rng.permutation(len(known)) % 2
            one, other = (np.flatnonzero((half[left] == side) & (half[right] == side)) for side in (0, 1))
            made += [(one, other), (other, one)]
    return [fold for fold in made if all(_both(matches[rows]) for rows in fold)]


def _both(matches: NDArray[np.bool_]) -> bool:
    return 0 < int(matches.sum()) < len(matches)
