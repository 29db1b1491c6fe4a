"""What a text is taken apart into to be explained: its words, its sentences or its lines."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

from likewise.errors import InputError
from likewise.modalities import sentences

__all__ = ["Unit", "pieces", "without"]

Unit = Literal["word", "sentence"]
_Span = tuple[int, int]
_WORD = re.compile(r"\w+(?:['’\-]\w+)*")


def pieces(text: str, unit: Unit) -> list[_Span]:
    """(start, end) of every piece of a text, in order. Raises InputError for an unknown unit."""
    if unit == "word":
        return [match.span() for match in _WORD.finditer(text)]
    if unit == "sentence":
        return sentences(text)
    raise InputError(f"unit is {unit!r}, wanted word or sentence")


def without(text: str, spans: list[_Span], gone: Collection[int]) -> str:
    """A text without some of its pieces, white space made single."""
    kept, at = [], 0
    for number in sorted(gone):
        start, end = spans[number]
        kept.append(text[at:start])
        at = end
    return " ".join(" ".join((*kept, text[at:])).split())
