"""Plain text in any encoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from likewise.formats import Claim, File, Format
from likewise.formats._decode import decode
from likewise.formats._paragraphs import paragraphs
from likewise.types import Part

__all__ = ["Text"]


@final
class Text(Format):
    """Paragraphs between blank lines, whatever the encoding; places count in the decoded text."""

    name = "text"
    suffixes = (".txt", ".text", ".log", ".rst", ".org", ".adoc", ".asciidoc", ".tex", ".srt", ".vtt", ".me", ".nfo")

    def claim(self, file: File) -> Claim:
        if not file.textual:
            return Claim.NO
        return Claim.SUFFIX if file.suffix in self.suffixes else Claim.TEXT

    def read(self, file: File) -> Iterator[Part]:
        return paragraphs(decode(file))
