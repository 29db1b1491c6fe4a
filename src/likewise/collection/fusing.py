"""Answers of several vector spaces made one: by rank, for their scores cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from likewise.types import Hit, Hits, How

__all__ = ["fused"]

_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke & Büttcher, SIGIR 2009)."""


def fused(answers: Mapping[str, Hits], k: int) -> Hits:
    """The k best of the answers of shelves, by reciprocal rank fusion.

    A hit scores 1 / (60 + its rank), and as much again for every other shelf that found something in the same item;
    scaled to 1.0 for what is first on every shelf that found anything. Ties keep the order of the shelves, yet what was
    found by its words comes first: by meaning something is always nearest.
    """
    best: dict[str, dict[str, float]] = {}  # item -> shelf -> its best there
    scored: list[tuple[float, str, Hit]] = []
    for shelf, hits in sorted(answers.items(), key=lambda answer: answer[1].how.way != "text"):
        for rank, hit in enumerate(hits, 1):
            best.setdefault(hit.item, {}).setdefault(shelf, 1 / (_K + rank))
            scored.append((1 / (_K + rank), shelf, hit))
    scale = (_K + 1) / max(1, sum(map(bool, answers.values())))

    def made(own: float, shelf: str, hit: Hit) -> Hit:
        others = sum(score for other, score in best[hit.item].items() if other != shelf)
        return replace(hit, score=scale * (own + others), shelf=shelf, own=hit.score)

    ranked = sorted((made(*one) for one in scored), key=lambda hit: -hit.score)
    hows = [hits.how for hits in answers.values()]
    recalls = [how.recall for how in hows if how.recall is not None]
    parts = tuple((shelf, hits.how) for shelf, hits in answers.items())
    how = How("fused", sum(how.scanned for how in hows), min(recalls, default=None), parts=parts)
    return Hits(tuple(ranked[:k]), how)
