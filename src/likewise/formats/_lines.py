"""Decoded text to lines that know where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Line", "lines"]

_LONGEST = 1 << 20
"""Characters of a line at most; what is longer goes on in a further `Line` of the same number."""

_AFTER_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its end of line, its first character's place in the text, and its number from 1."""

    text: str
    start: int
    number: int


def lines(blocks: Iterable[str], longest: int = _LONGEST) -> Iterator[Line]:
    """Lines ended by LF, CR LF or CR."""
    held, start, number = "", 0, 1
    for block in blocks:
        held += block
        pieces = _split(held, whole=False)
        held = pieces.pop()
        for piece in pieces:
            yield from _cut(piece, start, number, longest)
            start += len(piece)
            number += 1
        while len(held) > longest:
            yield Line(held[:longest], start, number)
            start += longest
            held = held[longest:]
    for piece in _split(held, whole=True):
        if piece:
            yield from _cut(piece, start, number, longest)
        start += len(piece)
        number += 1


def _split(text: str, whole: bool) -> list[str]:
    """Lines with their ends; the last one has no end yet. A CR at the very end may be half of a CR LF."""
    if "\r" not in text:
        pieces = text.split("\n")
        return [p + "\n" for p in pieces[:-1]] + pieces[-1:]
    pieces = _AFTER_END.split(text)
    if not whole and text.endswith("\r"):
        return [*pieces[:-2], pieces[-2]]
    return pieces


def _cut(text: str, start: int, number: int, longest: int) -> Iterator[Line]:
    for at in range(0, len(text), longest):
        yield Line(text[at : at + longest], start + at, number)
