"""Text into passages: along headings, paragraphs and sentences, as long as an encoder takes."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import final

from likewise.errors import InputError
from likewise.modalities._sentences import sentences
from likewise.types import Part, Place

__all__ = ["split"]

Count = Callable[[Sequence[str]], list[int]]

_AT_ONCE = 256
"""Segments whose units are counted in one call."""
_LONGEST = 1 << 14
"""Characters of a segment at most before it is counted: no sentence is that long."""
_PIECE = 48
"""Characters that a word of no white space is cut into, when it alone is too long."""
_DENSE = 16
"""Characters that count as a unit at least: a tokenizer may take a word of any length for one."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """What is never cut again: a sentence, a line, a heading; `start` and `end` are offsets in its unit."""

    text: str
    start: int
    end: int
    part: Part
    opens: bool
    heading: str
    size: int = 0


def split(parts: Iterable[Part], count: Count, size: int, overlap: int) -> Iterator[Part]:
    """Passages of at most `size` units (as `count` counts tokens), in order; none of the text is lost.

    A passage keeps to one page, slide, sheet or record and begins at a heading where it can; one that goes on in the
    middle of a paragraph repeats up to `overlap` units of whole sentences before it. Its place has the offsets of its
    text in the unit, the line of its first part and the path of headings above. Time is linear in the text.
    """
    if size < 1 or not 0 <= overlap < size:
        raise InputError(f"size is {size} and overlap {overlap}, wanted size above 0 and overlap from 0 to under size")
    packer = _Packer(size, overlap)
    for segment in _measured(_segments(parts), count, size):
        yield from packer.take(segment)
    yield from packer.rest()


def _segments(parts: Iterable[Part]) -> Iterator[_Segment]:
    """Parts cut into segments, each with the headings that stand above it."""
    above: list[tuple[int, str]] = []
    for part in parts:
        if part.kind == "heading":
            above = [(level, text) for level, text in above if level < part.level]
            above.append((part.level, " ".join(part.text.split())))
        path = part.place.heading or " > ".join(text for _, text in above)
        for number, (start, end) in enumerate(_spans(part)):
            offset = part.place.start
            yield _Segment(part.text[start:end], offset + start, offset + end, part, number == 0, path)


def _spans(part: Part) -> Iterator[tuple[int, int]]:
    whole = sentences(part.text) if part.kind == "paragraph" else _lines(part)
    for start, end in whole:
        for at in range(start, end, _LONGEST):
            yield at, min(at + _LONGEST, end)


def _lines(part: Part) -> Iterator[tuple[int, int]]:
    """Lines of code and tables, with their indent; headings and records are whole."""
    if part.kind in ("heading", "record"):
        if part.text.strip():
            yield 0, len(part.text)
        return
    for match in re.finditer(r"[^\n]*\S[^\n]*", part.text):
        yield match.span()


def _measured(segments: Iterator[_Segment], count: Count, size: int) -> Iterator[_Segment]:
    """Segments with their sizes, the ones that are too long cut at white space, or where there is none, anywhere."""
    waiting: list[_Segment] = []
    for segment in segments:
        waiting.append(segment)
        if len(waiting) == _AT_ONCE:
            yield from _counted(waiting, count, size)
            waiting = []
    yield from _counted(waiting, count, size)


def _counted(segments: list[_Segment], count: Count, size: int) -> Iterator[_Segment]:
    if not segments:
        return
    for segment, units in zip(segments, _sizes([s.text for s in segments], count), strict=True):
        if units <= size:
            yield replace(segment, size=units)
        else:
            yield from _cut(segment, count, size)


def _cut(segment: _Segment, count: Count, size: int) -> Iterator[_Segment]:
    """A segment that is too long, as runs of words that fit."""
    words = list(_words(segment.text))
    units = _sizes([segment.text[a:b] for a, b in words], count)
    first, total = 0, 0
    for at, number in enumerate(units):
        if at > first and total + number > size:
            yield _run(segment, words[first][0], words[at - 1][1], total, first == 0)
            first, total = at, 0
        total += number
    yield _run(segment, words[first][0], words[-1][1], total, first == 0)


def _sizes(texts: Sequence[str], count: Count) -> list[int]:
    return [max(units, -(-len(text) // _DENSE)) for units, text in zip(count(texts), texts, strict=True)]


def _words(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"\S+", text):
        for at in range(match.start(), match.end(), _PIECE):
            yield at, min(at + _PIECE, match.end())


def _run(segment: _Segment, start: int, end: int, units: int, first: bool) -> _Segment:
    return replace(
        segment,
        text=segment.text[start:end],
        start=segment.start + start,
        end=segment.start + end,
        opens=segment.opens and first,
        size=units,
    )


@final
class _Packer:
    """Fills one passage after the other."""

    def __init__(self, size: int, overlap: int) -> None:
        self._size, self._overlap = size, overlap
        self._held: list[_Segment] = []
        self._fresh = 0  # how many of the held ones are new, not repeated from the passage before

    def take(self, segment: _Segment) -> Iterator[Part]:
        if self._held and self._apart(self._held[-1], segment):
            yield from self.rest()
        elif self._held and self._total() + segment.size > self._size:
            yield from self._full(segment)
        self._held.append(segment)
        self._fresh += 1

    def rest(self) -> Iterator[Part]:
        """The passage that is held, if it says anything new."""
        if self._fresh:
            yield _passage(self._held)
        self._held, self._fresh = [], 0

    def _total(self) -> int:
        return sum(s.size for s in self._held)

    def _apart(self, last: _Segment, segment: _Segment) -> bool:
        """Whether a passage may not hold both: other units or records, or a heading after enough text."""
        old, new = last.part, segment.part
        if old is new:
            return False
        if _unit(old.place) != _unit(new.place) or "record" in (old.kind, new.kind):
            return True
        return new.kind == "heading" and old.kind != "heading" and self._total() >= self._size // 4

    def _full(self, segment: _Segment) -> Iterator[Part]:
        """Give the full passage; headings at its end, or the last sentences before a cut paragraph, go on."""
        tail: deque[_Segment] = deque()
        while len(self._held) > len(tail) and self._held[-1 - len(tail)].part.kind == "heading":
            tail.appendleft(self._held[-1 - len(tail)])
        if tail and len(tail) < len(self._held):
            fresh = min(len(tail), self._fresh)
            self._fresh -= fresh
            kept = self._held[: -len(tail)]
            if self._fresh:
                yield _passage(kept)
            self._held, self._fresh = list(tail), fresh
        else:
            yield from self._cut_here(segment)
        if self._held and self._total() + segment.size > self._size:
            yield from self.rest()

    def _cut_here(self, segment: _Segment) -> Iterator[Part]:
        repeated: deque[_Segment] = deque()
        if not segment.opens:
            room = min(self._overlap, self._size - segment.size)
            for held in reversed(self._held[1:]):
                if held.part is not segment.part or sum(s.size for s in repeated) + held.size > room:
                    break
                repeated.appendleft(held)
        if self._fresh:
            yield _passage(self._held)
        self._held, self._fresh = list(repeated), 0


def _unit(place: Place) -> tuple[str, int | None, str]:
    return place.unit, place.number, place.name


def _passage(segments: Sequence[_Segment]) -> Part:
    first, last = segments[0], segments[-1]
    gaps = chain(("",), (_gap(a, b) for a, b in pairwise(segments)))
    text = "".join(gap + segment.text for gap, segment in zip(gaps, segments, strict=True))
    body = next((s for s in segments if s.part.kind != "heading"), first)
    line = first.part.place.line
    if line is not None:
        line += first.part.text.count("\n", 0, first.start - first.part.place.start)
    place = replace(first.part.place, start=first.start, end=last.end, line=line, heading=body.heading)
    return Part(text, body.part.kind, place)


def _gap(before: _Segment, after: _Segment) -> str:
    """What stood between two segments, as far as it matters."""
    if before.part is after.part:
        offset = before.part.place.start
        return before.part.text[before.end - offset : after.start - offset]
    return "\n\n" if after.start - before.end != 1 else "\n"
