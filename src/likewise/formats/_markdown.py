"""Markdown to parts; used by the formats that carry Markdown inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal, final

from likewise.formats._lines import Line, lines
from likewise.types import Part, Place, Scalar

__all__ = ["Blocks"]

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_FRONT = re.compile(r"""(title|author|date|lang|language)\s*:\s*["']?(.*?)["']?\s*$""")
_LONGEST = 1 << 15

Kind = Literal["paragraph", "code", "table"]


@final
class Blocks:
    """Blocks of Markdown: headings, fenced code, tables, paragraphs; the headings above go on from text to text."""

    def __init__(self, metadata: dict[str, Scalar]) -> None:
        self._metadata = metadata
        self._unit: tuple[str, int | None] = ("", None)
        self._held: list[Line] = []
        self._size = 0
        self._fence = ""
        self._headings: list[tuple[int, str]] = []

    def open(self, unit: str, number: int) -> None:
        """Go on in a unit of the file; offsets count in its text."""
        self._unit = (unit, number)

    def read(self, text: Iterable[str]) -> Iterator[Part]:
        """The parts of one text, given in blocks."""
        self._fence = ""
        source = lines(text)
        for line in source:
            if line.number == 1 and line.text.rstrip() == "---":
                yield from self._front(line, source)
            elif self._fence:
                yield from self._inside(line)
            else:
                yield from self._outside(line)
            if self._size > _LONGEST:
                yield from self._flush("code" if self._fence else "paragraph")
        yield from self._flush("code" if self._fence else "paragraph")

    def _front(self, first: Line, source: Iterator[Line]) -> Iterator[Part]:
        """YAML in front of the text: known keys become metadata; it is text only where it never ends."""
        held = [first]
        for line in source:
            held.append(line)
            if line.text.rstrip() in ("---", "..."):
                for found in (_FRONT.match(x.text) for x in held):
                    if found and found[2]:
                        self._metadata[found[1]] = found[2]
                return
            if len(held) > 200:
                break
        for line in held[1:]:
            yield from self._outside(line)

    def _inside(self, line: Line) -> Iterator[Part]:
        self._hold(line)
        closing = line.text.strip()
        if closing.startswith(self._fence) and not closing.strip(self._fence[0]):
            self._fence = ""
            yield from self._flush("code")

    def _outside(self, line: Line) -> Iterator[Part]:
        text = line.text.rstrip("\r\n")
        if fence := _FENCE.match(text):
            yield from self._flush("paragraph")
            self._fence = fence[1]
            self._hold(line)
        elif not text.strip():
            yield from self._flush("paragraph")
        elif heading := _HEADING.match(text):
            yield from self._flush("paragraph")
            if heading[2]:
                yield self._heading(line, line.start + heading.start(2), heading[2], len(heading[1]))
        elif len(self._held) == 1 and (under := _UNDERLINE.match(text)):
            (above,), self._held, self._size = self._held, [], 0
            title = above.text.strip()
            yield self._heading(above, above.start + above.text.find(title), title, 1 if under[1][0] == "=" else 2)
        else:
            self._hold(line)

    def _hold(self, line: Line) -> None:
        self._held.append(line)
        self._size += len(line.text)

    def _heading(self, line: Line, start: int, title: str, level: int) -> Part:
        self._headings = [h for h in self._headings if h[0] < level]
        place = self.place(start, start + len(title), line=line.number)
        self._headings.append((level, title))
        if level == 1:
            self._metadata.setdefault("title", title)
        return Part(title, "heading", place, level)

    def place(self, start: int, end: int, line: int | None = None) -> Place:
        """A place in the present text, below the present headings."""
        unit, number = self._unit
        path = " > ".join(title for _, title in self._headings)
        return Place(start, end, unit, number, line=None if unit else line, heading=path)

    def _flush(self, kind: Kind) -> Iterator[Part]:
        held, self._held, self._size = self._held, [], 0
        text = "".join(line.text for line in held)
        body = text.strip() if kind == "paragraph" else text.rstrip()
        if not body.strip():
            return
        if kind == "paragraph" and len(held) > 1 and all(line.text.lstrip().startswith("|") for line in held):
            kind = "table"
        start = held[0].start + text.find(body)
        place = self.place(start, start + len(body), line=held[0].number)
        yield replace(Part(body), kind=kind, place=place)
