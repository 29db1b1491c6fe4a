"""Search a collection and mark in every answer the sentence that answers best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from likewise.collection import Collection
from likewise.encoders import Encoder
from likewise.errors import InputError, ModelError
from likewise.modalities import sentences
from likewise.types import Hit, Hits, How, Vectors

if TYPE_CHECKING:
    from likewise.encoders.text.reranker import Reranker

__all__ = ["search"]

_WORD = re.compile(r"\w+")
_TEXTS = ("", "text")
"""Shelves whose passages are texts."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best sentence of a passage: characters `start` to `end` of its text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A hit, and the sentence in it that is nearest to the question; None where the passage holds no text."""

    hit: Hit
    best: Best | None


@dataclass(frozen=True, slots=True)
class Answers(Sequence[Answer]):
    """Answers, best first, and how they were found."""

    answers: tuple[Answer, ...]
    how: How

    def __getitem__(self, at: int) -> Answer:  # type: ignore[override]  # slices are for `answers`
        return self.answers[at]

    def __len__(self) -> int:
        return len(self.answers)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)


def search(
    collection: Collection,
    query: str | None = None,
    k: int = 10,
    where: str | None = None,
    mode: Literal["hybrid", "dense", "text"] = "hybrid",
    *,
    reranker: Reranker | None = None,
    depth: int = 50,
    **asked: Any,
) -> Answers:
    """The k best answers of a collection to a question, each with its best sentence.

    The sentence is the one nearest to the question by meaning; with `mode="text"`, which needs no model, the one that
    shares most words with it; pictures, sounds and clips have none. A `reranker` reads the question together with each
    of the `depth` best passages (k, if that is more) and orders them anew, by scores of its own. `asked` is what else
    `Collection.search` takes (image, audio, video, like, minus, kinds). Errors as there, and ModelError where the
    reranker cannot score a passage.
    """
    if reranker is None:
        hits = collection.search(query, k=k, where=where, mode=mode, **asked)
    elif query is None or asked:
        raise InputError("a reranker reads words with texts: ask in words alone")
    else:
        hits = _reranked(collection, query, (k, depth), where, mode, reranker)
    spans = [sentences(hit.text) if query and hit.shelf in _TEXTS else [] for hit in hits]
    if mode == "text" or not any(spans):
        chosen = _by_words(query or "", hits, spans)
    else:
        chosen = _by_meaning(query or "", hits, spans, collection.encoder)
    answers = (
        Answer(hit, None if span is None else Best(span[0], span[1], hit.text[span[0] : span[1]]))
        for hit, span in zip(hits, chosen, strict=True)
    )
    return Answers(tuple(answers), hits.how)


def _reranked(
    collection: Collection,
    query: str,
    counts: tuple[int, int],
    where: str | None,
    mode: Literal["hybrid", "dense", "text"],
    reranker: Reranker,
) -> Hits:
    """The best of the best passages in the order of a reranker, with its scores."""
    k, depth = counts
    if k < 1 or depth < 1:
        raise InputError(f"k is {k} and depth is {depth}, both must be at least 1")
    hits = collection.search(query, k=max(k, depth), where=where, mode=mode)
    if any(hit.shelf not in _TEXTS for hit in hits):  # the names of pictures are nothing to read
        hits = collection.search(query, k=max(k, depth), where=where, mode=mode, kinds=("text",))
    ranking = reranker.rerank(query, [hit.text for hit in hits], k)
    for report in ranking.failed:
        raise ModelError(f"{reranker.name} cannot score passage {hits[int(report.id)].id!r}: {report.error}")
    best = tuple(replace(hits[ranked.index], score=ranked.score) for ranked in ranking)
    return Hits(best, replace(hits.how, way=f"{hits.how.way}, reranked"))


_Span = tuple[int, int]


def _by_words(query: str, hits: Hits, spans: list[list[_Span]]) -> list[_Span | None]:
    asked = _words(query)
    return [
        max(places, key=lambda s, text=hit.text: len(asked & _words(text[s[0] : s[1]])), default=None)  # type: ignore[misc]
        for hit, places in zip(hits, spans, strict=True)
    ]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _by_meaning(query: str, hits: Hits, spans: list[list[_Span]], encoder: Encoder) -> list[_Span | None]:
    texts = [hit.text[s:e] for hit, places in zip(hits, spans, strict=True) if len(places) > 1 for s, e in places]
    if not texts:
        return [places[0] if places else None for places in spans]
    scores = iter(_cosines(encoder.encode_query([query]).vectors[0], encoder.encode_document(texts).vectors))
    chosen: list[_Span | None] = []
    for places in spans:
        if len(places) > 1:
            at = int(np.argmax([next(scores) for _ in places]))
            chosen.append(places[at])
        else:
            chosen.append(places[0] if places else None)
    return chosen


def _cosines(query: Vectors, vectors: Vectors) -> list[float]:
    """Cosine of each row with the query; -1 for a row that failed."""
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    return [float(c) for c in np.nan_to_num(vectors @ query / np.maximum(lengths, 1e-12), nan=-1.0)]
