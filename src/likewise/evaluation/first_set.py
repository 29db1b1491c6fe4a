"""A first set of questions and answers out of a collection, for those who have no data of their own yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from likewise.collection import Collection
from likewise.errors import InputError
from likewise.evaluation.tasks.retrieval import Retrieval
from likewise.types import Passage

__all__ = ["first_set"]

_WARNING = (
    "made of titles and headings, which share words with what stands below them and are no questions: it tells models "
    "apart on these texts and says little of how well questions are answered; judge by real ones when you have some"
)
_LEAST = 10
_Found = dict[str, tuple[str, list[str]]]
"""Title or heading -> its words, and the passages below it."""


def first_set(collection: Collection, *, queries: int = 500, documents: int = 20_000, seed: int = 0) -> Retrieval:
    """Titles that must find their items, headings that must find their sections, among the passages of text.

    A title or heading asks only where it has two words at least and nothing else is called so; it is taken out of the
    passages. At most so many `queries` and `documents` are drawn by `seed`. Raises InputError where fewer than ten
    titles and headings can ask.
    """
    if queries < _LEAST or documents < _LEAST:
        raise InputError(f"queries {queries} and documents {documents}, wanted at least {_LEAST}")
    passages = collection.points().passages
    names_of = _names(passages)
    called = {item: {_plain(name) for name in names.values()} for item, names in names_of.items()}
    texts = {passage.id: text for passage in passages if (text := _bare(passage, called[passage.item]))}
    asked = _unique(_below(passages, texts, names_of))
    if len(asked) < _LEAST:
        raise InputError(
            f"only {len(asked)} titles and headings of {collection.path} name one thing each, wanted {_LEAST} at "
            "least: write questions of your own into a CSV with the columns query and document"
        )
    rng = np.random.default_rng(seed)
    names = [list(asked)[at] for at in np.sort(rng.permutation(len(asked))[:queries])]
    judged = {name: dict.fromkeys(asked[name][1], 1.0) for name in names}
    kept = _corpus(texts, {d for true in judged.values() for d in true}, documents, rng)
    notes = [_WARNING]
    if len(kept) < len(texts):
        notes.append(f"{len(kept):,} of {len(texts):,} passages, those that answer among them")
    if len(passages) > len(texts):
        notes.append(f"{len(passages) - len(texts):,} passages are nothing but a heading and were left out")
    texts_of = {name: asked[name][0] for name in names}
    return Retrieval(collection.path.name, kept, texts_of, judged, notes=tuple(notes))


def _corpus(texts: Mapping[str, str], needed: set[str], most: int, rng: np.random.Generator) -> dict[str, str]:
    """Every passage that answers, and others up to `most`, in their order."""
    others = [name for name in texts if name not in needed]
    room = max(most - len(needed), 0)
    drawn = {others[at] for at in rng.permutation(len(others))[:room].tolist()}
    return {name: text for name, text in texts.items() if name in needed or name in drawn}


def _path(passage: Passage) -> list[str]:
    return [part for part in passage.place.heading.split(" > ") if part]


def _title(passage: Passage) -> str:
    """The name of the item; of a passage below headings the path of these follows it."""
    heading = passage.place.heading
    return passage.title.removesuffix(f" > {heading}") if heading else passage.title


def _lines(passage: Passage) -> Iterator[str]:
    yield from (_plain(line) for line in passage.text.splitlines())


def _bare(passage: Passage, called: set[str]) -> str:
    """The text without the lines that are a title or a heading of its item: these ask, and must not answer."""
    return "\n".join(line for line in passage.text.splitlines() if _plain(line) not in called).strip()


def _plain(text: str) -> str:
    return " ".join(text.strip(" #=-*\t").casefold().split())


def _names(passages: Sequence[Passage]) -> dict[str, dict[str, str]]:
    """For every item what can ask for something in it: the key of a title or heading -> its words."""
    found: dict[str, dict[str, str]] = {}
    for passage in passages:
        known = found.setdefault(passage.item, {})
        known[f"title {passage.item}"] = _title(passage)
        path = _path(passage)
        for depth, heading in enumerate(path, 1):
            known[f"heading {passage.item} {' > '.join(path[:depth])}"] = heading
    return found


def _below(passages: Sequence[Passage], texts: Mapping[str, str], names: Mapping[str, Mapping[str, str]]) -> _Found:
    """What lies below each title and heading, also where a passage began above the heading."""
    found: _Found = {}
    for passage in passages:
        if passage.id in texts:
            lines, path = set(_lines(passage)), passage.place.heading
            for key, name in names[passage.item].items():
                above = key.removeprefix(f"heading {passage.item} ")
                within = key.startswith("title ") or path == above or path.startswith(f"{above} > ")
                if within or _plain(name) in lines:
                    found.setdefault(key, (name, []))[1].append(passage.id)
    return found


def _unique(found: _Found) -> _Found:
    """What has a name of two words at least that nothing else has; of names for the same passages the first."""
    first = {(_plain(name), tuple(below)): key for key, (name, below) in reversed(found.items())}
    kept = {key: found[key] for key in found if first[_plain(found[key][0]), tuple(found[key][1])] == key}
    times = Counter(_plain(name) for name, _ in kept.values())
    return {
        key: (name, below)
        for key, (name, below) in kept.items()
        if times[_plain(name)] == 1 and len(name.split()) > 1 and not _is_file(name)
    }


def _is_file(name: str) -> bool:
    """Whether a name is that of a file, which says little of what stands in it."""
    ending = name.rpartition(".")[2]
    return "/" in name or ("." in name and ending.isalnum() and 1 < len(ending) < 6)
