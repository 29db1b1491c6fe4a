"""Groups around what is kept: everything that goes is like something that stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from likewise.apps._near_pairs import Pairs

__all__ = ["Link", "stars"]

_BLOCK: Final = 1_000_000


@final
@dataclass(frozen=True, slots=True)
class Link:
    """A position that goes, the one that stays for it, by which of the levels they are alike, and how much."""

    gone: int
    kept: int
    level: int
    score: float


def stars(levels: Sequence[Pairs], within: bool) -> list[Link]:
    """For every position that goes (left) the best that stays (right): of the strictest level, then most alike.

    Within one set a position stays unless an earlier one that stays is its like, so that no chain of small steps joins
    what is unlike. Two sets: whatever is on the left goes.
    """
    left = np.concatenate([pairs.left for pairs in levels])
    right = np.concatenate([pairs.right for pairs in levels])
    scores = np.concatenate([pairs.scores for pairs in levels])
    level = np.repeat(np.arange(len(levels), dtype=np.int8), [len(pairs) for pairs in levels])
    order = np.lexsort((right, -scores, level, left))
    gone = bytearray(1 + int(max(left.max(initial=0), right.max(initial=0))))
    made: list[Link] = []
    for start in range(0, len(order), _BLOCK):  # lists of all at once would take more room than the vectors
        some = order[start : start + _BLOCK]
        columns = (column[some].tolist() for column in (left, right, level, scores))
        for one, other, at, score in zip(*columns, strict=True):
            if not gone[one] and not (within and gone[other]):
                gone[one] = 1
                made.append(Link(one, other, at, score))
    return made
