"""A question to a collection of several spaces: which shelves it goes to, what each is asked, what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, final

from likewise.collection.examples import Example, asked, moment, query, within
from likewise.collection.fusing import fused
from likewise.collection.senses import MODALITIES, Senses
from likewise.collection.shelf import Shelf
from likewise.errors import InputError
from likewise.types import Embeddings, Hits, How
from likewise.where import All, Filter, In

__all__ = ["Asking", "Mode", "Question"]

Mode = Literal["hybrid", "dense", "text"]
_NOTHING = Hits((), How("exact", 0, 1.0))


@final
@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: `words`, `examples` to add and take away, or what is `like` something that is kept."""

    words: str = ""
    examples: tuple[Example, ...] = ()
    like: str = ""
    mode: Mode = "hybrid"
    kinds: tuple[str, ...] = ()
    where: Filter | None = None

    @property
    def sums(self) -> bool:
        """Whether vectors are added or taken away, which only one space can do."""
        return len(self.examples) + bool(self.words) > 1


@final
class Asking:
    """Asks one question of the shelves of a collection; `shelves` by name, that of texts is named ""."""

    def __init__(self, shelves: Mapping[str, Shelf], senses: Senses) -> None:
        self._shelves, self._senses = shelves, senses
        self._encoded: dict[str, Embeddings | None] = {}
        self._liked: dict[tuple[str, str], tuple[str, Embeddings] | None] = {}

    def answer(self, question: Question, k: int) -> Hits:
        """The k best of every shelf that can answer, by reciprocal rank fusion; InputError where none can."""
        shelves = {name: shelf for name, shelf in self._shelves.items() if shelf.exists and len(shelf.store())}
        there = [name for name in shelves if _asks(name, question.kinds)]
        depth = max(2 * k, 50)
        found: dict[str, Hits] = {}
        for name in there:
            hits = self._one(question, name, shelves[name], depth)
            if hits is not None:
                found[name or "text"] = hits
        if not found and shelves:
            raise InputError(self._why_not(question, there))
        return fused(found, k) if found else _NOTHING

    def like(self, what: str) -> tuple[str, dict[str, Embeddings]]:
        """The item that is kept under a name (an item, a passage, item#00:42), and its vectors by shelf."""
        found: dict[str, Embeddings] = {}
        item = ""
        for name, shelf in self._shelves.items():
            kept = self._kept(what, name) if shelf.exists else None
            if kept is not None:
                item, found[name] = kept
        return item, found

    def _kept(self, what: str, name: str) -> tuple[str, Embeddings] | None:
        """The same of one shelf, read once; None where it holds nothing under that name."""
        if (what, name) not in self._liked:
            self._liked[what, name] = _read(what, self._shelves[name])
        return self._liked[what, name]

    def _one(self, question: Question, name: str, shelf: Shelf, k: int) -> Hits | None:
        """The answer of one shelf, None where it cannot be asked this."""
        where = _narrowed(question, name)
        if question.like:
            kept = self._kept(question.like, name)
            return None if kept is None else shelf.store().search(_mean(kept[1]), k, where)
        only_words = question.words and not question.examples
        if only_words and (question.mode == "text" or (name and "text" not in shelf.modalities)):
            # an encoder that knows no words leaves the words themselves: names and captions
            return None if question.mode == "dense" else shelf.store().search_text(question.words, k, where)
        if name not in self._encoded:
            self._encoded[name] = self._vector(question, name, shelf)
        vector = self._encoded[name]
        if vector is None:
            return None
        if only_words and question.mode == "hybrid":
            return shelf.store().search_both(vector, question.words, k, where)
        return shelf.store().search(vector, k, where)

    def _vector(self, question: Question, name: str, shelf: Shelf) -> Embeddings | None:
        """The question in the space of a shelf, None where part of it is strange to its encoder."""
        words = (Example("text", question.words),) if question.words else ()
        known = []
        for example in (*words, *question.examples):
            modalities = example.modalities(self._senses, name)
            if not modalities or not modalities <= set(shelf.modalities):
                return None
            known.append((example, modalities))
        return asked(shelf.encoder, known, self._senses.plan)

    def _why_not(self, question: Question, there: Sequence[str]) -> str:
        spaces = ", ".join(f"{name or 'text'} ({self._shelves[name].model})" for name in there) or "none"
        if question.like:
            return f"{question.like!r} is neither an item or passage of this collection nor a file"
        kinds = sorted({e.kind for e in question.examples} | ({"text"} if question.words else set()))
        what = " and ".join(kinds)
        if question.sums and len(kinds) > 1:
            return (
                f"{what} can be added and taken away in one space only, and no shelf here has an encoder of both; "
                f"there are: {spaces}. Add the files with a joint model, such as CLIP with --image-model"
            )
        advice = "; ".join(self._senses.advice(kind).detail for kind in kinds if kind in MODALITIES)
        return f"nothing here can be searched by {what}; there are: {spaces}. {advice}".rstrip(" .")


def _read(what: str, shelf: Shelf) -> tuple[str, Embeddings] | None:
    name, seconds = moment(what)
    ledger, store = shelf.ledger(), shelf.store()
    line = ledger.named(name)
    if line is not None and line.passages:
        pieces = ledger.pieces(line.id)
        at = range(len(pieces)) if seconds is None else within([p[1] for p in pieces], seconds)
        return line.id, store.vectors([pieces[n][0] for n in at])
    passages = store.get([what])
    return (passages[0].item, store.vectors([passages[0].id])) if passages else None


def _asks(shelf: str, kinds: Sequence[str]) -> bool:
    """Whether a shelf can hold items of these kinds (all where none is named)."""
    if not kinds:
        return True
    of_text = [kind for kind in kinds if kind not in MODALITIES]
    return bool(of_text) if not shelf else len(of_text) < len(kinds)


def _narrowed(question: Question, shelf: str) -> Filter | None:
    """The filter of a question and its kinds; "text" stands for every kind of text."""
    if not question.kinds or (not shelf and "text" in question.kinds):
        return question.where
    narrow = In("kind", tuple(question.kinds), "text")
    return Filter(narrow if question.where is None else All((question.where.tree, narrow)))


def _mean(kept: Embeddings) -> Embeddings:
    return query(kept.vectors.mean(axis=0), kept.space)
