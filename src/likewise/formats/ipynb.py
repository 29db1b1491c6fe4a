"""Jupyter notebooks, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._decode import decode
from likewise.formats._markdown import Blocks
from likewise.formats._rows import parsed
from likewise.types import Part

__all__ = ["Ipynb"]

_LONGEST_OUTPUT = 10_000


@final
class Ipynb(Format):
    """Cells of Markdown by their blocks, cells of code whole, with the text that they printed."""

    name = "ipynb"
    suffixes = (".ipynb",)

    def claim(self, file: File) -> Claim:
        return Claim.SUFFIX if file.textual and file.suffix in self.suffixes else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        try:
            book = parsed("".join(decode(file)))
        except (ValueError, RecursionError) as error:
            raise FormatError("damaged", f"it is no JSON: {error}") from error
        if not isinstance(book, dict):
            raise FormatError("damaged", "it is JSON, but no notebook")
        cells = (
            book["cells"] if "cells" in book else [c for s in book.get("worksheets", []) for c in s.get("cells", [])]
        )
        blocks = Blocks(file.metadata)
        for number, cell in enumerate(cells, 1):
            if not isinstance(cell, dict):
                raise FormatError("damaged", f"cell {number} is no cell")
            file.tick()
            yield from _cell(cell, number, blocks)


def _cell(cell: dict[str, Any], number: int, blocks: Blocks) -> Iterator[Part]:
    text = _text(cell.get("source", cell.get("input", "")))
    blocks.open("cell", number)
    if cell.get("cell_type") == "markdown":
        yield from blocks.read([text])
    elif text.strip():
        yield Part(text, "code" if cell.get("cell_type") == "code" else "paragraph", blocks.place(0, len(text)))
    at = len(text)
    for output in cell.get("outputs") or ():
        shown = _text(output.get("text") or output.get("data", {}).get("text/plain", ""))[:_LONGEST_OUTPUT]
        if shown.strip():
            yield Part(shown, "code", blocks.place(at, at + len(shown)))
            at += len(shown)


def _text(lines: object) -> str:
    """A notebook's text is a string or a list of them."""
    return "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")
