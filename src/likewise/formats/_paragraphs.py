"""Decoded text to paragraphs with exact places, in one pass and bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, final

from likewise.types import Part, Place

__all__ = ["paragraphs"]

_LONGEST = 1 << 15
"""Characters of a paragraph at most; a longer one is cut at a line end or a space."""
_PLAIN_BREAK = re.compile(r"\n[ \t\v]*\n\s*")
_BREAK = re.compile(r"(?:\r\n|\n|\r)[ \t\f\v]*(?:\r\n|\n|\r)\s*|\f")


def paragraphs(
    blocks: Iterable[str], kind: Literal["paragraph", "code"] = "paragraph", opens: re.Pattern[str] | None = None
) -> Iterator[Part]:
    """Blocks of lines between blank lines; `decoded[place.start:place.end] == part.text`, lines count from 1.

    `opens` matches the line ends before which a new part begins too, as before a top-level definition.
    """
    cutter = _Cutter(kind)
    held = ""
    for block in blocks:
        held += block
        breaks = _breaks(held, opens)
        # a break at the very end may go on in the next block
        done = breaks[-1][1] if breaks and breaks[-1][1] < len(held) else breaks[-2][1] if len(breaks) > 1 else 0
        if done:
            yield from cutter.cut(held[:done], [b for b in breaks if b[1] <= done])
        held = held[done:]
        while len(held) > 2 * _LONGEST:
            end = _cut_at(held)
            yield from cutter.cut(held[:end], [])
            held = held[end:]
    yield from cutter.cut(held, _breaks(held, opens))


def _breaks(text: str, opens: re.Pattern[str] | None) -> list[tuple[int, int]]:
    rule = _BREAK if "\r" in text or "\f" in text else _PLAIN_BREAK  # the same where neither occurs, and faster
    found = [m.span() for m in rule.finditer(text)]
    if opens is not None:
        found = sorted({*found, *((m.start(), m.start()) for m in opens.finditer(text) if m.start())})
    return found


def _cut_at(text: str) -> int:
    for mark in ("\n", ". ", "。", " "):
        at = text.rfind(mark, _LONGEST // 2, _LONGEST)
        if at > 0:
            return at + len(mark)
    return _LONGEST


@final
class _Cutter:
    def __init__(self, kind: Literal["paragraph", "code"]) -> None:
        self._kind: Literal["paragraph", "code"] = kind
        self._at, self._line = 0, 1
        self._return = False

    def cut(self, text: str, breaks: list[tuple[int, int]]) -> Iterator[Part]:
        """Parts of a text that follows the one before; `breaks` lie between them."""
        begin = 0
        for start, end in [*breaks, (len(text), len(text))]:
            if end < begin:
                continue
            while start - begin > 2 * _LONGEST:
                cut = begin + _cut_at(text[begin : begin + _LONGEST])
                yield from self._piece(text[begin:cut])
                begin = cut
            yield from self._piece(text[begin:start])
            self._advance(text[max(begin, start) : end])
            begin = end

    def _piece(self, text: str) -> Iterator[Part]:
        body = text.strip() if self._kind == "paragraph" else text.strip("\r\n\f").rstrip()
        if body and not body.isspace():
            lead = text.find(body)
            self._advance(text[:lead])
            yield Part(body, self._kind, Place(self._at, self._at + len(body), line=self._line))
            self._advance(text[lead:])
        else:
            self._advance(text)

    def _advance(self, text: str) -> None:
        """Count lines ended by LF, CR LF or CR, also where CR and LF stand in two texts."""
        if not text:
            return
        lines = text.count("\n")
        if "\r" in text or self._return:
            lines += text.count("\r") - text.count("\r\n") - (self._return and text[0] == "\n")
            self._return = text[-1] == "\r"
        self._line += lines
        self._at += len(text)
