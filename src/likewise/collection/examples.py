"""What is looked for, as vectors of one space: words, pictures, sounds and clips, added and taken away."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from likewise.collection.senses import Senses
from likewise.collection.texts import cut
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.formats import Plan, Reader, kind_of
from likewise.modalities import Prepared
from likewise.types import Embeddings, Item, Media, Place, Report, Role, Space, Vectors

__all__ = ["Example", "asked", "moment", "query", "within"]

_CLOCK = re.compile(r"(.+)#(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d+)?)")


@final
@dataclass(frozen=True, slots=True)
class Example:
    """Something to look for, or with `weight` -1 to turn away from: words, a file, or decoded content.

    `kind` is text or the modality; `content` is a string, a path or as `likewise.types.Media` says. Of a recording
    or clip only what is there at `seconds` counts, where they are given.
    """

    kind: str
    content: object
    weight: float = 1.0
    seconds: float | None = None

    @classmethod
    def given(cls, kind: str, content: object, senses: Senses) -> Example:
        """An example as a caller gives it. Raises InputError for a path that is no file of this kind."""
        if not isinstance(content, str | os.PathLike):
            return cls(kind, content)
        name, seconds = moment(os.fspath(content))
        path = Path(name).expanduser()
        if not path.is_file():
            raise InputError(f"{kind}={os.fspath(content)!r}: there is no such file; give a file or a decoded {kind}")
        is_ = senses.plan.asked(str(path)) or kind_of(path)
        if kind not in (is_, "image" if is_ == "video" else "", "audio" if is_ == "video" else "", "any"):
            raise InputError(f"{path} is {is_}, and {kind} was asked for")
        return cls(is_ if kind == "any" else kind, path, seconds=seconds)

    def modalities(self, senses: Senses, shelf: str) -> frozenset[str]:
        """As what it can be asked of a shelf; nothing where the shelf does not know its like."""
        if self.kind == "text":
            return frozenset(("text",))
        return senses.wants(self.kind).get(shelf, frozenset())

    def vector(self, encoder: Encoder, modalities: frozenset[str], plan: Plan, reader: Reader) -> Vectors:
        """Its vector `(dim,)` of length 1, the mean over its pieces. Raises InputError where there is none."""
        role: Role = "query" if self.kind == "text" and isinstance(self.content, str) else "document"
        made = encoder.encode(self._items(encoder, modalities, plan, reader), role=role)
        for report in made.failed:
            raise InputError(f"the query cannot be encoded: {report.error}")
        if not len(made):
            raise InputError(f"there is nothing in {self.content} to search with")
        return _unit(made.vectors.mean(axis=0))

    def _items(self, encoder: Encoder, modalities: frozenset[str], plan: Plan, reader: Reader) -> list[Item]:
        if not isinstance(self.content, Path):
            return [Item("query", self.content, self.kind)]
        if self.kind == "text":
            return [Item(str(n), part.text) for n, part in enumerate(cut(encoder, reader.read(self.content)))]
        preparers = {m: p for m, p in encoder.preparers.items() if m in modalities}
        ready = modalities <= set(preparers)
        seen = reader.view(self.content, preparers if ready else {}, plan)
        pieces = [media for media in seen if media.modality in modalities]
        if self.seconds is not None:
            at = within([piece.place for piece in pieces], self.seconds)
            pieces = [pieces[n] for n in at]
        return [Item(str(n), _content(media, ready), media.modality) for n, media in enumerate(pieces)]


def asked(encoder: Encoder, examples: Sequence[tuple[Example, frozenset[str]]], plan: Plan) -> Embeddings:
    """The one query vector of examples in the space of an encoder: the weighted sum of their unit vectors."""
    with Reader() as reader:
        vectors = [example.weight * example.vector(encoder, as_, plan, reader) for example, as_ in examples]
    return query(_unit(np.sum(vectors, axis=0)), encoder.space)


def query(vector: Vectors, space: Space) -> Embeddings:
    """A vector as what a store is asked. Raises InputError where nothing is left of it."""
    if not np.any(vector):
        raise InputError("what is added and what is taken away are the same, so that nothing is left to look for")
    return Embeddings(("query",), vector[None].astype(np.float32), space, (Report("query", 0, 0),))


def moment(name: str) -> tuple[str, float | None]:
    """A name and the time after its `#`, in seconds: clip.mp4#00:42."""
    found = _CLOCK.fullmatch(name)
    if found is None:
        return name, None
    hours, minutes, seconds = found.group(2) or "0", found.group(3), found.group(4)
    return found.group(1), int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def within(places: Sequence[Place], seconds: float) -> list[int]:
    """Which places hold a time; the nearest one where none does, all where they tell no times."""
    timed = {n: place for n, place in enumerate(places) if place.seconds is not None}
    if not timed:
        return list(range(len(places)))
    at = [n for n, place in timed.items() if (place.seconds or 0) <= seconds < (place.until or 0)]
    return at or [min(timed, key=lambda n: abs((timed[n].seconds or 0) - seconds))]


def _content(media: Media, ready: bool) -> object:
    return Prepared(np.asarray(media.content)) if ready else media.content


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    made: Vectors = (vector / length if length > 1e-6 else np.zeros_like(vector)).astype(np.float32)
    return made
