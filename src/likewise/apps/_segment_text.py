"""A text as a sequence of sentences with their places, headings and scraps joined to the sentence that follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, final

from likewise.modalities import sentences
from likewise.types import Part, Place

__all__ = ["Line", "lines", "spanned"]

_SCRAP: Final = 15
"""Characters under which a sentence says too little to have a subject of its own."""


@final
@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, with the headings and scraps before it, and where it stands."""

    text: str
    place: Place


def lines(parts: Iterable[Part]) -> list[Line]:
    """The sentences of parts, in their order; none of the text is lost."""
    found: list[Line] = []
    held: list[Line] = []
    for part in parts:
        whole = part.kind in ("heading", "record")
        for start, end in [(0, len(part.text))] if whole else sentences(part.text):
            text = part.text[start:end].strip()
            if not text:
                continue
            held.append(Line(text, _placed(part, start, end)))
            if part.kind != "heading" and len(text) >= _SCRAP:
                found.append(_joined(held))
                held = []
    if held and found:
        held.insert(0, found.pop())
    return [*found, _joined(held)] if held else found


def _placed(part: Part, start: int, end: int) -> Place:
    place = part.place
    line = None if place.line is None else place.line + part.text.count("\n", 0, start)
    return replace(place, start=place.start + start, end=place.start + end, line=line)


def _joined(held: list[Line]) -> Line:
    return Line("\n".join(line.text for line in held), spanned([line.place for line in held]))


def spanned(places: list[Place]) -> Place:
    """The place from the first to the last; to the end of the first one's unit as far as they are of one."""
    first, last = places[0], places[-1]
    same = (first.unit, first.number, first.name) == (last.unit, last.number, last.name)
    return replace(first, end=max(first.end, last.end)) if same else first
