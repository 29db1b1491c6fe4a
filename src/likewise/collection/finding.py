"""Answers of which no item gives more than its share."""

from __future__ import annotations

from collections.abc import Callable

from likewise.types import Hits

__all__ = ["one_per_item"]


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
