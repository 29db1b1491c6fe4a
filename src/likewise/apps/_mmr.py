"""Taking what is relevant and says something new (maximal marginal relevance, Carbonell and Goldstein, SIGIR 1998)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.types import Vectors

__all__ = ["mmr"]


def mmr(relevance: NDArray[np.floating], units: Vectors, diversity: float) -> Iterator[int]:
    """Rows in the order in which they are taken: the most relevant first, then what is most unlike those before.

    A row scores (1 - diversity) * its relevance `(n,)` - diversity * its greatest cosine with a row taken; `units`
    `(n, dim)` have length 1. Ties go to the first row. Time is linear in the rows, for each row that is asked for.
    Raises InputError unless diversity is from 0 to 1.
    """
    if not 0 <= diversity <= 1:
        raise InputError(f"diversity is {diversity}, wanted from 0 (only what fits best) to 1 (only what is new)")
    return _taken(np.asarray(relevance, np.float64), units, diversity)


def _taken(relevance: NDArray[np.float64], units: Vectors, diversity: float) -> Iterator[int]:
    near = np.zeros(len(units))
    left = np.ones(len(units), dtype=np.bool_)
    for number in range(len(units)):
        scores = (1 - diversity) * relevance - diversity * near if number else relevance
        at = int(np.argmax(np.where(left, scores, -np.inf)))
        yield at
        left[at] = False
        cosines = units @ units[at]
        near = np.maximum(near, cosines) if number else cosines.astype(np.float64)
