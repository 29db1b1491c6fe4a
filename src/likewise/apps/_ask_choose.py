"""Passages to answer from: found by meaning and words, read again by a reranker, chosen for coverage in a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from likewise.apps._mmr import mmr
from likewise.apps._normalized import normalized
from likewise.collection import Collection
from likewise.errors import InputError, ModelError
from likewise.types import Embeddings, Hit, Vectors

if TYPE_CHECKING:
    from likewise.encoders.text.reranker import Reranker

__all__ = ["Chosen", "Found", "Reading", "chosen"]

_TEXTS = ("", "text")
"""Shelves whose passages are texts."""


@final
@dataclass(frozen=True, slots=True)
class Reading:
    """How sources are chosen: of the `depth` best passages at most `sources`, in `budget` tokens together.

    `diversity` from 0 to 1 is how much a passage must differ from those taken before it.
    """

    depth: int = 50
    sources: int = 6
    budget: int = 2000
    diversity: float = 0.3

    def __post_init__(self) -> None:
        for name in ("depth", "sources", "budget"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}, wanted at least 1")
        if not 0 <= self.diversity <= 1:
            raise InputError(f"diversity is {self.diversity}, wanted from 0 to 1")


@final
@dataclass(frozen=True, slots=True)
class Chosen:
    """A passage to answer from, and its cosine with the question."""

    hit: Hit
    cosine: float


@final
@dataclass(frozen=True, slots=True)
class Found:
    """The passages to answer from, best first, and the texts of all that were looked at."""

    chosen: tuple[Chosen, ...]
    seen: tuple[str, ...]


def chosen(
    collection: Collection,
    question: Embeddings,
    words: str,
    reading: Reading,
    where: str | None = None,
    reranker: Reranker | None = None,
    without: str = "",
) -> Found:
    """What to answer from; `question` `(1, dim)` is what `words` ask for, in the space of texts.

    The item `without` is passed over, as if it were not there.
    """
    hits = _hits(collection, words, reading.depth, where, without)
    if not hits:
        return Found((), ())
    units = normalized(collection.vectors(*(hit.id for hit in hits)).vectors)
    cosines = units @ normalized(question.vectors)[0]
    scores = np.array([hit.score for hit in hits]) if reranker is None else _read(words, hits, reranker)
    taken: list[Chosen] = []
    left = reading.budget
    sizes = collection.encoder.count([hit.text for hit in hits])
    for row in mmr(_spread(scores), units, reading.diversity):
        if len(taken) == reading.sources:
            break
        if sizes[row] <= left or not taken:  # one passage is always read
            taken.append(Chosen(hits[row], float(cosines[row])))
            left -= sizes[row]
    return Found(tuple(taken), tuple(hit.text for hit in hits))


def _hits(collection: Collection, words: str, depth: int, where: str | None, without: str) -> list[Hit]:
    extra = 0
    while True:
        hits = collection.search(words, k=depth + extra, where=where)
        if any(hit.shelf not in _TEXTS for hit in hits):  # pictures and sounds have no sentences
            hits = collection.search(words, k=depth + extra, where=where, kinds=("text",))
        left = [hit for hit in hits if hit.item != without]
        if len(left) >= depth or len(hits) < depth + extra:
            return left[:depth]
        extra = 2 * extra + depth


def _read(words: str, hits: list[Hit], reranker: Reranker) -> Vectors:
    ranking = reranker.rerank(words, [hit.text for hit in hits])
    for report in ranking.failed:
        raise ModelError(f"{reranker.name} cannot score passage {hits[int(report.id)].id!r}: {report.error}")
    return ranking.scores


def _spread(scores: Vectors) -> Vectors:
    """Scores from 0 to 1, as cosines are, so that the two can be weighed."""
    low, high = float(scores.min()), float(scores.max())
    made: Vectors = ((scores - low) / (high - low) if high > low else np.ones(len(scores))).astype(np.float32)
    return made
