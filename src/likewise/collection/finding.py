"""Dense and full-text answers made one by reciprocal rank fusion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from likewise.types import Hit, Hits, How

__all__ = ["fuse", "one_per_item"]

_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke & Büttcher, SIGIR 2009)."""


def fuse(lists: Sequence[Hits], k: int) -> Hits:
    """The k best of several answers: score = sum of 1 / (60 + rank) over the lists, 1.0 for first in each."""
    best = len(lists) / (_K + 1)
    scores: dict[str, float] = {}
    found: dict[str, Hit] = {}
    for hits in lists:
        for rank, hit in enumerate(hits, 1):
            scores[hit.id] = scores.get(hit.id, 0.0) + 1 / (_K + rank) / best
            found.setdefault(hit.id, hit)
    order = sorted(scores, key=lambda i: -scores[i])[:k]  # stable: the first list breaks ties
    dense = lists[0].how
    return Hits(
        tuple(replace(found[i], score=scores[i]) for i in order),
        How("hybrid", dense.scanned, dense.recall, dense.space),
    )


def one_per_item(search: Callable[[int], Hits], k: int, most: int) -> Hits:
    """The k best hits with at most `most` of one item; `search(k)` is asked for more until there are enough."""
    depth = 4 * k
    while True:
        hits = search(depth)
        counts: dict[str, int] = {}
        chosen = []
        for hit in hits:
            counts[hit.item] = counts.get(hit.item, 0) + 1
            if counts[hit.item] <= most:
                chosen.append(hit)
        if len(chosen) >= k or len(hits) < depth:
            return Hits(tuple(chosen[:k]), hits.how)
        depth *= 4
