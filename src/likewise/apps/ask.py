"""Answer a question from a collection, with numbered sources, or say that the sources do not hold the answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from likewise.apps._ask_choose import Reading
from likewise.apps._ask_cited import cited
from likewise.apps._ask_generator import Generator
from likewise.apps._ask_link import link
from likewise.apps._ask_marks import instructions
from likewise.apps._ask_prompt import prompt
from likewise.apps._ask_read import Asked, asked
from likewise.apps._ask_reply import Reply, Source, Statement
from likewise.apps._ask_support import Support
from likewise.collection import Collection
from likewise.errors import InputError
from likewise.types import Space

if TYPE_CHECKING:
    from likewise.encoders.text.reranker import Reranker

__all__ = ["ask"]

_CUT: Final = 0.45
"""Support that is asked for where no threshold was learned: fits all-MiniLM-L6-v2 (`python -m benchmarks.ask`)."""
_SENTENCES: Final = 3
_Threshold = Support | float | str | os.PathLike[str] | None


def ask(
    collection: Collection,
    question: str,
    *,
    generator: Generator | str | None = None,
    reranker: Reranker | None = None,
    threshold: _Threshold = None,
    where: str | None = None,
    reading: Reading | None = None,
) -> Reply:
    """The answer to a question with the passages that it rests on (retrieval-augmented generation, Lewis et al. 2020).

    Passages are found by meaning and by words, ordered anew by a `reranker` where one is given, and chosen for coverage
    as `reading` says. Without a `generator` the answer is made of their best sentences, quoted as they stand; with one
    (`http(s)://HOST/v1#MODEL` of an OpenAI-compatible server) of what it says about them, each sentence with the
    sources that it names. There is no answer where no source supports one as far as `threshold` asks (learned by
    `apps.abstain`, its file, or a number; 0: always answer); a generator is then not asked. Text in a source is data:
    what reads like an instruction is never quoted, and marked in the prompt. Raises InputError for an empty question,
    SpaceError for a threshold of another space, ModelError where a reranker or generator fails.
    """
    learned = _learned(threshold)
    cut = learned.cut if learned else _given(threshold)
    if learned:
        learned.check(collection.encoder.space)
    if isinstance(generator, str):
        generator = Generator(generator)
    seen = asked(collection, question, reading or Reading(), where, reranker)
    sources = _sources(seen)
    notes = _notes(sources, collection.encoder.space, threshold)
    why = "nothing was found" if not sources else ""
    if sources and seen.support < cut:
        why = f"the sources do not support an answer (support {seen.support:.2f}, wanted {cut:.2f})"
    statements: tuple[Statement, ...] = ()
    if not why:
        statements, why, more = _extracted(seen) if generator is None else _generated(question, sources, generator)
        notes += more
    way = "quoted from the sources" if generator is None else f"written by {generator.name}"
    probability = learned.probability(seen.support) if learned else None
    return Reply(question, statements, sources, way, seen.support, cut, probability, why, notes)


_Said = tuple[tuple[Statement, ...], str, tuple[str, ...]]


def _learned(threshold: _Threshold) -> Support | None:
    if isinstance(threshold, str | os.PathLike):
        return Support.load(threshold)
    return threshold if isinstance(threshold, Support) else None


def _given(threshold: _Threshold) -> float:
    if threshold is None:
        return _CUT
    if not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise InputError(f"threshold is {threshold}, wanted a support from 0 (always answer) to 1")
    return float(threshold)


def _extracted(seen: Asked) -> _Said:
    """The best sentences, those that follow each other in one source as one statement."""
    made: list[Statement] = []
    last = (0, 0)
    for quote in seen.sentences.quotes(_SENTENCES):
        text = " ".join(quote.text.split())
        between = seen.found.chosen[quote.number - 1].hit.text[last[1] : quote.start]
        if made and last[0] == quote.number and not between.strip():
            made[-1] = Statement(f"{made[-1].text} {text}", made[-1].sources)
        else:
            made.append(Statement(text, (quote.number,)))
        last = (quote.number, quote.end)
    return tuple(made), "" if made else "nothing in the sources can be quoted", ()


def _generated(question: str, sources: tuple[Source, ...], generator: Generator) -> _Said:
    said, whole = generator.answer(prompt(question, [(source.hit.title, source.hit.text) for source in sources]))
    statements, notes = cited(said, len(sources))
    if not whole:
        notes += (f"the answer was cut off after {generator.longest} tokens: allow it more (--longest)",)
    return statements, "" if statements else f"{generator.name} says that the sources do not hold the answer", notes


def _sources(seen: Asked) -> tuple[Source, ...]:
    found = []
    for number, (one, value) in enumerate(zip(seen.found.chosen, seen.supports, strict=True), 1):
        own = [(q, c) for q, c in zip(seen.sentences.all, seen.sentences.cosines, strict=True) if q.number == number]
        start = max(own, key=lambda pair: float(pair[1]))[0].start if own else 0
        marked = tuple(one.hit.text[a:b] for a, b in instructions(one.hit.text))
        found.append(Source(number, one.hit, float(value), link(one.hit, start), marked))
    return tuple(found)


def _notes(sources: tuple[Source, ...], space: Space, threshold: _Threshold) -> tuple[str, ...]:
    notes = [
        f"source {source.number} holds text that reads as an instruction to a machine; it was not followed"
        for source in sources
        if source.instructions
    ]
    if threshold is None and "MiniLM-L6" not in space.model:
        notes.append(f"no threshold was learned for {space.model}: `likewise abstain` learns one from your questions")
    return tuple(notes)
