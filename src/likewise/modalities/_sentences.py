"""Where the sentences of a text begin and end, in one pass, for text of any script."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["sentences"]

_ENDS = re.compile(
    r"""[.!?\u2026\u0964\u061f]+['"\u2019\u201d)\]\u00bb]*(?=\s)   # a stop, closing quotes, white space
    | [\u3002\uff01\uff1f\uff0e]+[\u300d\u300f\u201d\u2019)\uff09]*  # stops of scripts without spaces
    | \n[ \t\r]*\n | \n(?=[ \t]*(?:[-*\u2022]|\d{1,3}[.)])[ \t])     # an empty line, the next point of a list
    """,
    re.VERBOSE,
)
_SHORT = frozenset(
    re.findall(
        r"\S+",
        "mr mrs ms dr prof st sr jr vs etc al fig figs eq eqs sec no vol pp p ch ed eds inc ltd co corp approx dept "
        "est e.g i.e cf viz ca u.s u.k a.m p.m jan feb mar apr jun jul aug sep sept oct nov dec",
    )
)
_LONG = 300
"""Characters from which on a sentence of several lines is taken for lines without stops: a list, a table."""
_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_WORD = re.compile(r"[^\s(\[\"'\u201c\u2018]{1,12}\Z")


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence, without the white space around it; linear in the length of the text."""
    return list(_spans(text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _ENDS.finditer(text):
        if match.group()[0] == "." and _abbreviated(text, match):
            continue
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _abbreviated(text: str, match: re.Match[str]) -> bool:
    """Whether a full stop belongs to the word before it: an abbreviation or an initial."""
    word = _WORD.search(text, max(0, match.start() - 13), match.start())
    before = word.group().lower() if word else ""
    initial = len(before) == 1 and before.isalpha() and before != "i"
    if not initial and before not in _SHORT:
        return False
    following = text[match.end() : match.end() + 8].lstrip()[:1]
    return initial or not following.isupper() or before not in {"etc", "al", "a.m", "p.m", "u.s", "u.k", "co", "inc"}


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without white space around it; line by line where it is too long for a sentence."""
    if end - start > _LONG and "\n" in text[start:end].strip():
        for line in _LINE.finditer(text, start, end):
            yield line.span()
        return
    piece = text[start:end]
    left, right = len(piece) - len(piece.lstrip()), len(piece.rstrip())
    if left < right:
        yield start + left, start + right
