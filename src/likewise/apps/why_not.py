"""Why something is not among the answers: not there, filtered, far by meaning, without the words, lost by the index."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal, final

import numpy as np

from likewise.collection import Collection
from likewise.types import Hits, Passage
from likewise.where import parse

__all__ = ["why_not"]

Mode = Literal["hybrid", "dense", "text"]
_WORD: Final = re.compile(r"\w+")
_FIRST: Final = 64


@final
@dataclass(frozen=True, slots=True)
class Reason:
    """A stable code and what it means here: found, absent, refused, filtered, far, words, index, fused."""

    code: str
    detail: str


@final
@dataclass(frozen=True, slots=True)
class WhyNot:
    """Where an item stands for a question, and why it is not among the first k.

    Ranks count from 1 and are those of its best passage: `rank` in the mode asked, `by_meaning` by exact cosine,
    `by_words` by BM25; None where it is not ranked so. `cosine` is that passage's, `needed` that of the k-th.
    """

    item: str
    reasons: tuple[Reason, ...]
    rank: int | None = None
    by_meaning: int | None = None
    by_words: int | None = None
    cosine: float | None = None
    needed: float | None = None

    @property
    def found(self) -> bool:
        return any(reason.code == "found" for reason in self.reasons)


def why_not(
    collection: Collection,
    question: str,
    item: str | os.PathLike[str],
    *,
    k: int = 10,
    where: str | None = None,
    mode: Mode = "hybrid",
) -> WhyNot:
    """Why an item (or passage) of texts is not among the k answers to a question that is asked with the same options.

    Its place by meaning is counted over every vector that passes, so that what an approximate index lost is told as
    that. Raises InputError for a question that is empty or cannot be encoded and for k under 1.
    """
    collection.search(question, k, where, mode)  # what cannot be asked is refused as there
    passages = collection.passages(item)
    if not passages:
        return WhyNot(os.fspath(item), (_absent(collection, os.fspath(item)),))
    name = passages[0].item
    filter_ = None if where is None else parse(where)
    passing = [p for p in passages if filter_ is None or filter_.matches(p.metadata)]
    if not passing:
        return WhyNot(name, (Reason("filtered", _filtered(where or "", passages[0])),))
    ids = {p.id for p in passing}
    rank = _rank(lambda depth: collection.search(question, depth, where, mode), ids)
    words = None if mode == "dense" else _rank(lambda depth: collection.search(question, depth, where, "text"), ids)
    near = None if mode == "text" else _near(collection, question, ids, where, k)
    made = WhyNot(name, (), rank, near and near.rank, words, near and near.cosine, near and near.needed)
    if rank is not None and rank <= k:
        return replace(made, reasons=(Reason("found", f"it is answer number {rank}"),))
    return replace(made, reasons=tuple(_reasons(collection, question, passing, made, (k, where, mode))))


def _absent(collection: Collection, item: str) -> Reason:
    """Why there is no passage under a name: refused, without text, or never added."""
    entries = {entry.id: entry for entry in collection.items()}
    entry = entries.get(item) or entries.get(str(Path(item).expanduser().absolute()))
    if entry is not None:
        if entry.state == "kept":
            return Reason("absent", f"it is kept as {entry.kind} and holds no text: search by words finds texts")
        return Reason("refused", f"it was refused when it was added: {entry.reason}")
    names = {Path(id_).name: id_ for id_ in entries}
    near = get_close_matches(item, entries, 1) or [names[n] for n in get_close_matches(Path(item).name, names, 1)]
    meant = f"; did you mean {near[0]}?" if near else ""
    advice = f"; add it with: likewise add {item} --to {collection.path}" if Path(item).expanduser().exists() else ""
    return Reason("absent", f"it is not in the collection{meant or advice}")


def _filtered(where: str, passage: Passage) -> str:
    fields = sorted(parse(where).fields)
    has = ", ".join(f"{name} = {passage.metadata.get(name)!r}" for name in fields)
    return f"it does not pass {where!r}: it has {has}"


def _rank(search: Callable[[int], Hits], ids: set[str]) -> int | None:
    """The first place of any of these passages, looked for ever deeper; None where they are not found at all."""
    depth = _FIRST
    while True:
        hits = search(depth)
        for place, hit in enumerate(hits, 1):
            if hit.id in ids:
                return place
        if len(hits) < depth:
            return None
        depth *= 4


@final
@dataclass(frozen=True, slots=True)
class _Near:
    rank: int
    cosine: float
    needed: float


def _near(collection: Collection, question: str, ids: set[str], where: str | None, k: int) -> _Near:
    """The exact place of the nearest of these passages by meaning, its cosine and that of the k-th."""
    points = collection.points(where=where)
    (asked,) = collection.encoder.encode_query([question]).vectors
    cosines = points.units @ (asked / max(float(np.linalg.norm(asked)), 1e-12))
    own = max(float(cosines[row]) for row, passage in enumerate(points.passages) if passage.id in ids)
    best = np.sort(cosines)[::-1]
    return _Near(int((cosines > own).sum()) + 1, own, float(best[min(k, len(best)) - 1]))


def _reasons(
    collection: Collection, question: str, passing: list[Passage], made: WhyNot, asked: tuple[int, str | None, Mode]
) -> Iterator[Reason]:
    k, where, mode = asked
    if made.by_meaning is not None:
        shown = f"{made.by_meaning:,} by meaning: cosine {made.cosine:.3f}, and number {k} has {made.needed:.3f}"
        if made.by_meaning > k:
            yield Reason("far", f"its best passage is number {shown}")
        elif passing[0].id and not _seen(collection.search(question, k, where, "dense"), passing):
            lost = "the approximate index did not find it; try `likewise verify --repair`"
            yield Reason("index", f"its best passage is number {shown}, yet {lost}")
    if mode != "dense" and made.by_words is None:
        yield Reason("words", f"it holds none of the words {_quoted(sorted(_words(question)))}")
    elif made.by_words is not None and made.by_words > k:
        held = set[str]().union(*(_words(p.text) | _words(p.title) for p in passing))
        lacking = sorted(_words(question) - held)
        lacks = f"; it lacks {_quoted(lacking)}" if lacking else ""
        yield Reason("words", f"it is number {made.by_words:,} by words{lacks}")
    if mode == "hybrid":
        place = "is not reached" if made.rank is None else f"is number {made.rank:,}"
        yield Reason("fused", f"meaning and words together: it {place} of the answers, and {k} were asked for")


def _seen(hits: Hits, passing: list[Passage]) -> bool:
    ids = {p.id for p in passing}
    return any(hit.id in ids for hit in hits)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _quoted(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
