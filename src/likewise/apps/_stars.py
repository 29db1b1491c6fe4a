"""Groups around what is kept: everything that goes is like something that stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from likewise.apps._near_pairs import Pairs

__all__ = ["Link", "stars"]


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
    level = np.repeat(np.arange(len(levels)), [len(pairs) for pairs in levels])
    order = np.lexsort((right, -scores, level, left))
    gone: set[int] = set()
    made: list[Link] = []
    rows = zip(left[order].tolist(), right[order].tolist(), level[order].tolist(), scores[order].tolist(), strict=True)
    for one, other, at, score in rows:
        if one not in gone and not (within and other in gone):
            gone.add(one)
            made.append(Link(one, other, at, score))
    return made
