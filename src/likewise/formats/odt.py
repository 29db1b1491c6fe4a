"""OpenDocument text (ODT); sheets and slides of OpenDocument (ODS, ODP) by the same paragraphs and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._flow import Flow
from likewise.formats._office import opened, properties, tree
from likewise.formats._tree import attribute, child, local
from likewise.types import Part

__all__ = ["Odt"]

_SKIPPED = frozenset(("tracked-changes", "annotation", "sequence-decls", "forms", "bibliography-configuration"))
_MIMES = b"application/vnd.oasis.opendocument."
_REPEATS = 100
_ROWS = 4000


@final
class Odt(Format):
    """Headings, paragraphs, lists, notes and tables of the body, in reading order."""

    name = "odt"
    suffixes = (".odt", ".ott", ".ods", ".odp", ".odg")

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if "content.xml" in file.members and _MIMES in file.head[:200] else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        with opened(file) as container:
            properties(container, "meta.xml", file)
            if "META-INF/manifest.xml" in container.namelist() and b"encryption-data" in container.read(
                "META-INF/manifest.xml"
            ):
                raise FormatError("encrypted", "it is protected by a password")
            body = child(tree(container, "content.xml"), "body")
            if body is None:
                raise FormatError("damaged", "content.xml inside it has no body")
            yield from _blocks(body, Flow())


def _blocks(body: Any, flow: Flow) -> Iterator[Part]:
    stack = [body]
    while stack:
        element = stack.pop()
        name = local(element)
        if name == "h" and (text := _text(element)):
            level = attribute(element, "outline-level")
            yield flow.heading(text, int(level) if level.isdecimal() else 1)
        elif name == "p" and (text := _text(element)):
            yield flow.part(text)
        elif name == "table":
            yield from _table(element, flow)
        elif name not in _SKIPPED and name not in ("h", "p"):
            stack.extend(reversed(element))


def _table(table: Any, flow: Flow) -> Iterator[Part]:
    held: list[str] = []
    size = 0
    for row in (e for e in table.iter() if local(e) == "table-row"):
        line = " | ".join(_cells(row)).rstrip(" |")
        if line:
            held.append(line)
            size += len(line)
        if size > _ROWS:
            yield flow.part("\n".join(held), "table")
            held, size = [], 0
    if held:
        yield flow.part("\n".join(held), "table")


def _cells(row: Any) -> Iterator[str]:
    for cell in row:
        if local(cell) in ("table-cell", "covered-table-cell"):
            times = attribute(cell, "number-columns-repeated")
            text = " ".join(filter(None, (_text(p) for p in cell if local(p) in ("p", "h", "list"))))
            yield from [text] * (min(int(times), _REPEATS) if times.isdecimal() else 1)


def _text(element: Any) -> str:
    """Text with its spaces and tabs, which are elements; in order, tails included, without recursion."""
    pieces: list[str] = []
    stack: list[Any] = [element]
    while stack:
        at = stack.pop()
        if isinstance(at, str):
            pieces.append(at)
            continue
        name = local(at)
        if name in ("s", "tab", "line-break"):
            pieces.append(" ")
        if name in _SKIPPED:
            continue
        pieces.append(at.text or "")
        for below in reversed(at):
            stack.extend((below.tail or "", below))
    return " ".join("".join(pieces).split())
