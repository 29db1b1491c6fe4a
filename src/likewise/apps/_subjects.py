"""Where a sequence of texts changes its subject, and the words of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from likewise.apps._change_points import changes, price
from likewise.apps._topic_words import TopicWords
from likewise.types import Vectors

__all__ = ["subjects"]

_WORDS: Final = 5


def subjects(
    texts: Sequence[str], units: Vectors, count: int | None, fineness: float, shortest: int = 1
) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Stretches of texts with unit vectors `(n, dim)`, of `shortest` at least: first row, end, words of each alone."""
    cuts = changes(units, price(units, fineness), count=count, shortest=shortest)
    spans = list(pairwise((0, *cuts, len(units))))
    owner = [number for number, (start, end) in enumerate(spans) for _ in range(start, end)]
    words = TopicWords(texts, owner)
    for number, (start, end) in enumerate(spans):
        yield start, end, tuple(word for word, _ in words.best([number], _WORDS))
