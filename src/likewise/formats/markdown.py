"""Markdown: headings, code fences and tables, each at its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from likewise.formats import Claim, File, Format
from likewise.formats._decode import decode
from likewise.formats._markdown import Blocks
from likewise.types import Part

__all__ = ["Markdown"]


@final
class Markdown(Format):
    """Blocks of Markdown; places count in the decoded text, a heading's text is bare of its marks."""

    name = "markdown"
    suffixes = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rmd", ".qmd")

    def claim(self, file: File) -> Claim:
        return Claim.SUFFIX if file.textual and file.suffix in self.suffixes else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        return Blocks(file.metadata).read(decode(file))
