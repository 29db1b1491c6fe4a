"""Word documents (DOCX): headings, paragraphs, tables and notes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._flow import Flow
from likewise.formats._office import opened, properties, related, tree
from likewise.formats._tree import attribute, child, local
from likewise.types import Part

__all__ = ["Docx"]

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|заголовок|kop|rubrik)\s*([1-9])", re.I)
_SKIPPED = frozenset(("del", "moveFrom", "instrText", "Fallback", "rPr", "pPr"))
_AROUND = frozenset(("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_ROWS = 4000


@final
class Docx(Format):
    """The body in reading order, then footnotes, endnotes and comments; deleted text is left out."""

    name = "docx"
    suffixes = (".docx", ".docm", ".dotx", ".dotm")

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if "word/document.xml" in file.members else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        with opened(file) as container:
            properties(container, "docProps/core.xml", file)
            relations = related(container, "word/document.xml")
            reader = _Body(_levels(container, relations))
            body = child(tree(container, "word/document.xml"), "body")
            if body is None:
                raise FormatError("damaged", "word/document.xml inside it has no body")
            yield from reader.blocks(body)
            for kind, target in relations.values():
                if kind in ("footnotes", "endnotes", "comments") and target in container.namelist():
                    for note in tree(container, target):
                        yield from reader.blocks(note)


def _levels(container: zipfile.ZipFile, relations: dict[str, tuple[str, str]]) -> dict[str, int]:
    """Style id -> heading level, by the style's outline level or its name."""
    source = next((target for kind, target in relations.values() if kind == "styles"), "")
    if source not in container.namelist():
        return {}
    levels = {}
    for style in tree(container, source):
        name, outline = child(style, "name"), child(style, "pPr", "outlineLvl")
        title = attribute(name, "val") if name is not None else ""
        if outline is not None and attribute(outline, "val") in list("012345678"):
            levels[attribute(style, "styleId")] = int(attribute(outline, "val")) + 1
        elif found := _HEADING.match(title):
            levels[attribute(style, "styleId")] = int(found[1])
        elif title.lower() == "title":
            levels[attribute(style, "styleId")] = 1
    return levels


@final
class _Body:
    def __init__(self, levels: dict[str, int]) -> None:
        self._levels, self._flow = levels, Flow()

    def blocks(self, parent: Any) -> Iterator[Part]:
        """Paragraphs and tables below an element, in order."""
        for element in _opened_up(parent):
            if local(element) == "p":
                yield from self._paragraph(element)
            elif local(element) == "tbl":
                yield from self._table(element)

    def _paragraph(self, element: Any) -> Iterator[Part]:
        text = _text(element)
        if not text:
            return
        level = self._level(element)
        yield self._flow.heading(text, level) if level else self._flow.part(text)

    def _level(self, element: Any) -> int:
        outline, style = child(element, "pPr", "outlineLvl"), child(element, "pPr", "pStyle")
        if outline is not None and attribute(outline, "val") in list("012345678"):
            return int(attribute(outline, "val")) + 1
        return self._levels.get(attribute(style, "val"), 0) if style is not None else 0

    def _table(self, table: Any) -> Iterator[Part]:
        held, size = [], 0
        for row in (e for e in _opened_up(table) if local(e) == "tr"):
            cells = [_text(cell) for cell in _opened_up(row) if local(cell) == "tc"]
            if any(cells):
                held.append(" | ".join(cells))
                size += len(held[-1])
            if size > _ROWS:
                yield self._flow.part("\n".join(held), "table")
                held, size = [], 0
        if held:
            yield self._flow.part("\n".join(held), "table")


def _opened_up(parent: Any) -> Iterator[Any]:
    """Children, those of mere wrappers included."""
    stack = list(reversed(parent))
    while stack:
        element = stack.pop()
        if local(element) in _AROUND:
            stack.extend(reversed(element))
        else:
            yield element


def _text(parent: Any) -> str:
    """The text below an element, on one line."""
    pieces: list[str] = []
    stack = [parent]
    while stack:
        element = stack.pop()
        name = local(element)
        if name in _SKIPPED:
            continue
        if name == "t":
            pieces.append(element.text or "")
        elif name in ("tab", "br", "cr", "p", "noBreakHyphen"):
            pieces.append("-" if name == "noBreakHyphen" else " ")
        stack.extend(reversed(element))
    return " ".join("".join(pieces).split())
