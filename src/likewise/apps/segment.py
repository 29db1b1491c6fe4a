"""Cut a text into its topics, a film into its scenes, a recording where it begins to sound otherwise."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final, final

import numpy as np

from likewise.apps._change_points import changes, price
from likewise.apps._normalized import normalized
from likewise.apps._segment_media import pieces, scenes
from likewise.apps._segment_text import Line, lines, spanned
from likewise.apps._topic_words import TopicWords
from likewise.encoders import Encoder, load
from likewise.errors import FormatError, InputError
from likewise.formats import Reader, kind_of
from likewise.types import Item, Part, Place, Report, Vectors

__all__ = ["segment"]

_SHORTEST: Final = 2
"""Sentences of a topic at least."""
_WORDS: Final = 5


@final
@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one subject: where it stands, of how many pieces, and how alike these are (mean cosine with their
    mean; None where there are no vectors). Of texts also the sentence in its middle and the words of it alone."""

    place: Place
    pieces: int
    cohesion: float | None
    text: str = ""
    title: str = ""
    words: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Segments:
    """The stretches of a source in their order, how they were found, and the pieces that could not be encoded."""

    id: str
    segments: tuple[Segment, ...]
    way: str
    refused: tuple[Report, ...] = ()


def segment(
    what: str | os.PathLike[str] | Item,
    *,
    model: str | os.PathLike[str] | Encoder | None = None,
    count: int | None = None,
    fineness: float = 1.0,
    every: float = 10.0,
) -> Segments:
    """The stretches of a file (by its path) or of a text (an Item), each of one subject.

    A text is cut between sentences where its subject changes, by their vectors; as many stretches as pay, more with a
    greater `fineness`, or `count` of them. A film is cut at its shots, without a model; with one of pictures or clips
    shots of one subject stay together. A recording needs a model of sounds. `every` is the seconds of a piece of these.
    Raises InputError for what cannot be meant and FormatError for a file that cannot be read.
    """
    if count is not None and count < 1:
        raise InputError(f"count is {count}, wanted at least 1")
    price(np.empty((0, 1), np.float32), fineness)  # which refuses a fineness that cannot be
    if isinstance(what, Item):
        if not isinstance(what.content, str):
            raise InputError(f"item {what.id!r} is {what.modality}: give a text, or the path of a file")
        part = Part(what.content, place=Place(end=len(what.content)))
        return _text(what.id, [part], _loaded(model), count, fineness)
    path = Path(what).expanduser()
    if not path.is_file():
        raise InputError(f"there is no file {path}; a text itself is given as likewise.Item")
    return _file(path, model, count, (fineness, every))


def _file(
    path: Path, model: str | os.PathLike[str] | Encoder | None, count: int | None, settings: tuple[float, float]
) -> Segments:
    kind = kind_of(path)
    if kind == "video" and model is None:
        if count is not None:
            raise InputError(
                "without a model a film is cut at its shots, however many: leave count out or name a model"
            )
        shots = tuple(Segment(place, 1, None) for place in scenes(path))
        return Segments(str(path), shots, "shots of the film")
    if kind in ("video", "audio"):
        return _media(path, kind, model, count, settings)
    if kind != "text":
        raise FormatError("unsupported", f"{path} is {kind}: only texts, films and recordings have stretches")
    with Reader() as reader:
        parts = list(reader.read(path))
    return _text(str(path), parts, _loaded(model), count, settings[0])


def _loaded(model: str | os.PathLike[str] | Encoder | None) -> Encoder:
    return model if isinstance(model, Encoder) else load(model)


def _text(name: str, parts: Sequence[Part], encoder: Encoder, count: int | None, fineness: float) -> Segments:
    found = lines(parts)
    if not found:
        raise InputError(f"{name} holds no text")
    made = encoder.encode_document([line.text for line in found], overflow="mean")
    good = [row for row, report in enumerate(made.reports) if report.ok]
    units = normalized(made.vectors[good])
    kept = [found[row] for row in good]
    if not kept:
        raise InputError(f"{name} cannot be encoded: {made.failed[0].error}")
    cuts = changes(units, price(units, fineness), count=count, shortest=min(_SHORTEST, len(kept)))
    spans = list(pairwise((0, *cuts, len(kept))))
    owner = [number for number, (start, end) in enumerate(spans) for _ in range(start, end)]
    words = TopicWords([line.text for line in kept], owner)
    segments = tuple(
        _topic(kept[start:end], units[start:end], tuple(w for w, _ in words.best([number], _WORDS)))
        for number, (start, end) in enumerate(spans)
    )
    refused = tuple(replace(r, id=str(found[int(r.id)].place)) for r in made.failed)
    return Segments(name, segments, f"sentences by {encoder.name}", refused)


def _topic(held: Sequence[Line], units: Vectors, words: tuple[str, ...]) -> Segment:
    near = units @ _middle(units)
    title = held[int(np.argmax(near))].text.splitlines()[-1]
    text = "\n".join(line.text for line in held)
    return Segment(spanned([line.place for line in held]), len(held), float(near.mean()), text, title, words)


def _media(
    path: Path,
    kind: str,
    model: str | os.PathLike[str] | Encoder | None,
    count: int | None,
    settings: tuple[float, float],
) -> Segments:
    if model is None:
        raise InputError("a recording is cut by what it sounds like: name a model of sounds, such as yamnet.toml")
    encoder = _loaded(model)
    found = pieces(path, encoder, settings[1])
    cuts = changes(found.units, price(found.units, settings[0]), count=count)
    made = []
    for start, end in pairwise((0, *cuts, len(found.places))):
        place = replace(found.places[start], until=found.places[end - 1].until)
        near = found.units[start:end] @ _middle(found.units[start:end])
        made.append(Segment(place, end - start, float(near.mean())))
    return Segments(str(path), tuple(made), f"pieces of {kind} by {encoder.name}", found.refused)


def _middle(units: Vectors) -> Vectors:
    middle: Vectors = normalized(units.mean(axis=0, keepdims=True))[0]
    return middle
