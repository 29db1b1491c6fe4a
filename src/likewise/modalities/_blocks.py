"""A text without a file around it, as the parts that its empty lines make."""

from __future__ import annotations

import re
from collections.abc import Iterator

from likewise.types import Part, Place

__all__ = ["blocks"]

_BLOCK = re.compile(r"[^\S\n]*\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*")


def blocks(text: str) -> Iterator[Part]:
    """Runs of lines that are not empty, each a paragraph with its offsets and its line."""
    line, counted = 1, 0
    for match in _BLOCK.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield Part(match.group(), place=Place(match.start(), match.end(), line=line))
