"""Cut a text into its topics, a film into its scenes, a recording where it begins to sound otherwise, and rows."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final, final

import numpy as np

from likewise.apps._change_points import changes, price
from likewise.apps._normalized import normalized
from likewise.apps._points import Source, is_collection, points
from likewise.apps._segment_made import Segment, Segments, nearness
from likewise.apps._segment_media import pieces, scenes
from likewise.apps._segment_rows import has_items, stretches
from likewise.apps._segment_text import Line, lines, spanned
from likewise.apps._subjects import subjects
from likewise.apps._table import is_table
from likewise.collection import Collection
from likewise.encoders import Encoder, load
from likewise.errors import FormatError, InputError
from likewise.formats import Reader, kind_of
from likewise.sources.folder import Folder
from likewise.types import Item, Part, Place, Report, Vectors
from likewise.where import Filter

__all__ = ["segment"]

_SHORTEST: Final = 2
"""Sentences of a topic at least."""


@final
@dataclass(frozen=True)
class _How:
    """What was asked for; the model is loaded once, when the first text, sound or film needs it."""

    model: str | os.PathLike[str] | Encoder | None
    count: int | None
    fineness: float
    every: float
    kind: str
    where: str | Filter | None
    column: str | None

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise InputError(f"count is {self.count}, wanted at least 1")
        if not 0 < self.every < math.inf:
            raise InputError(f"every is {self.every}, wanted seconds above 0: 10 is usual")
        price(np.empty((0, 1), np.float32), self.fineness)  # which refuses a fineness that cannot be

    @cached_property
    def encoder(self) -> Encoder:
        return self.model if isinstance(self.model, Encoder) else load(self.model)


def segment(
    what: Source | Item,
    *,
    model: str | os.PathLike[str] | Encoder | None = None,
    count: int | None = None,
    fineness: float = 1.0,
    every: float = 10.0,
    kind: str = "text",
    where: str | Filter | None = None,
    text: str | None = None,
) -> Segments:
    """The stretches of a file (by its path), of a text (an Item) or of a source of vectors, each of one subject.

    A text is cut between sentences where its subject changes, by their vectors; as many stretches as pay, more with a
    greater `fineness`, or `count` of them. A film is cut at its shots, without a model; with one of pictures or clips
    shots of one subject stay together. A recording needs a model of sounds. `every` is the seconds of a piece of these.
    The rows of a table (the column `text`), of vectors `(n, dim)` and of texts are cut in their order, a collection's
    items (`kind`, `where`) each by its passages, and the files of a folder each as one given alone.
    Raises InputError for what cannot be meant and FormatError for a file that cannot be read.
    """
    how = _How(model, count, fineness, every, kind, where, text)
    if isinstance(what, Item):
        if not isinstance(what.content, str):
            raise InputError(f"item {what.id!r} is {what.modality}: give a text, or the path of a file")
        return _text(what.id, [Part(what.content, place=Place(end=len(what.content)))], how)
    if not isinstance(what, str | os.PathLike):
        return _rows(what, str(what.path) if isinstance(what, Collection) else "rows", how)
    path = Path(what).expanduser()
    if is_collection(path):
        return _rows(path, str(path), how)
    if path.is_dir():
        return _folder(path, how)
    if not path.is_file():
        raise InputError(f"there is no file or folder {path}; a text itself is given as likewise.Item")
    return _file(path, how)


def _rows(what: Source, name: str, how: _How) -> Segments:
    model = how.encoder if isinstance(what, Path) and is_table(what) else how.model
    found = points(what, model=model, kind=how.kind, where=how.where, text=how.column)
    apart = has_items(found)
    if not apart and (isinstance(what, Collection) or is_collection(what)):
        raise InputError(
            f"no item of {name} has more than one passage to be cut; its whole items in order are cut as "
            "collection.points(per_item=True), on the command line with --per-item"
        )
    way = f"{'passages of each item' if apart else 'rows in order'} by {found.space.model}"
    return Segments(name, stretches(found, how.count, how.fineness), way, found.refused)


def _folder(folder: Path, how: _How) -> Segments:
    """Every file as if it were given alone; one that cannot be cut is refused with the reason."""
    made: list[Segment] = []
    refused: list[Report] = []
    ways: dict[str, None] = {}
    for found in Folder([folder]):
        try:
            if found.reason:
                raise FormatError(found.reason, found.detail)
            one = _file(found.path, how)
        except InputError as error:
            refused.append(Report(found.id, 0, 0, error=str(error)))
            continue
        made += [replace(stretch, item=found.id) for stretch in one.segments]
        refused += [replace(report, id=f"{found.id}: {report.id}") for report in one.refused]
        ways[one.way] = None
    if not made:
        why = f": {refused[0].id}: {refused[0].error}" if refused else ""
        raise InputError(f"the folder {folder} holds no file that can be cut{why}")
    return Segments(str(folder), tuple(made), "; ".join(ways), tuple(refused))


def _file(path: Path, how: _How) -> Segments:
    suffix = path.suffix.lower()
    if suffix == ".npy" or (suffix != ".txt" and is_table(path)):
        return _rows(path, str(path), how)
    kind = kind_of(path)
    if kind == "video" and how.model is None:
        if how.count is not None:
            raise InputError(
                "without a model a film is cut at its shots, however many: leave count out or name a model"
            )
        shots = tuple(Segment(place, 1, None) for place in scenes(path))
        return Segments(str(path), shots, "shots of the film")
    if kind in ("video", "audio"):
        return _media(path, kind, how)
    if kind != "text":
        raise FormatError("unsupported", f"{path} is {kind}: only texts, films and recordings have stretches")
    with Reader() as reader:
        parts = list(reader.read(path))
    return _text(str(path), parts, how)


def _text(name: str, parts: Sequence[Part], how: _How) -> Segments:
    found = lines(parts)
    if not found:
        raise InputError(f"{name} holds no text")
    encoder = how.encoder
    made = encoder.encode_document([line.text for line in found], overflow="mean")
    good = [row for row, report in enumerate(made.reports) if report.ok]
    units = normalized(made.vectors[good])
    kept = [found[row] for row in good]
    if not kept:
        raise InputError(f"{name} cannot be encoded: {made.failed[0].error}")
    shortest = min(_SHORTEST, len(kept))
    cut = subjects([line.text for line in kept], units, how.count, how.fineness, shortest)
    segments = tuple(_topic(kept[start:end], units[start:end], words) for start, end, words in cut)
    refused = tuple(replace(r, id=str(found[int(r.id)].place)) for r in made.failed)
    return Segments(name, segments, f"sentences by {encoder.name}", refused)


def _topic(held: Sequence[Line], units: Vectors, words: tuple[str, ...]) -> Segment:
    near = nearness(units)
    title = held[int(np.argmax(near))].text.splitlines()[-1]
    text = "\n".join(line.text for line in held)
    return Segment(spanned([line.place for line in held]), len(held), float(near.mean()), text, title, words)


def _media(path: Path, kind: str, how: _How) -> Segments:
    if how.model is None:
        raise InputError("a recording is cut by what it sounds like: name a model of sounds, such as yamnet.toml")
    encoder = how.encoder
    found = pieces(path, encoder, how.every)
    cuts = changes(found.units, price(found.units, how.fineness), count=how.count)
    made = []
    for start, end in pairwise((0, *cuts, len(found.places))):
        place = replace(found.places[start], until=found.places[end - 1].until)
        made.append(Segment(place, end - start, float(nearness(found.units[start:end]).mean())))
    return Segments(str(path), tuple(made), f"pieces of {kind} by {encoder.name}", found.refused)
