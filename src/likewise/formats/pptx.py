"""PowerPoint presentations (PPTX), slide by slide, with the speaker's notes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._flow import Flow
from likewise.formats._office import opened, properties, related, tree
from likewise.formats._tree import attribute, child, local, walk
from likewise.types import Part

__all__ = ["Pptx"]

_MAIN = "ppt/presentation.xml"


@final
class Pptx(Format):
    """Titles as headings, text boxes, tables and notes of each slide, in the order of the presentation."""

    name = "pptx"
    suffixes = (".pptx", ".pptm", ".potx", ".ppsx")

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if _MAIN in file.members else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        with opened(file) as container:
            properties(container, "docProps/core.xml", file)
            slides = _slides(container)
            file.metadata["slides"] = len(slides)
            flow, broken = Flow(), []
            for number, name in enumerate(slides, 1):
                file.tick()
                flow.open("slide", number)
                try:
                    yield from _slide(container, name, flow)
                except FormatError as error:
                    broken.append(f"slide {number}: {error.detail}")
            file.warnings.extend(broken)
            if broken and len(broken) == len(slides):
                raise FormatError("damaged", broken[0])


def _slides(container: zipfile.ZipFile) -> list[str]:
    """Members of the slides, in the order that the presentation says."""
    relations = related(container, _MAIN)
    targets = []
    for entry in walk(tree(container, _MAIN), "sldId"):
        relation = next((v for k, v in entry.attrib.items() if k.endswith("}id")), "")
        if relation in relations:
            targets.append(relations[relation][1])
    return targets


def _slide(container: zipfile.ZipFile, name: str, flow: Flow) -> Iterator[Part]:
    for shape in walk(tree(container, name), "sp", "tbl"):
        if local(shape) == "tbl":
            rows = [" | ".join(_text(cell) for cell in walk(row, "tc")) for row in walk(shape, "tr")]
            if text := "\n".join(row for row in rows if row.strip(" |")):
                yield flow.part(text, "table")
        elif text := _text(shape):
            yield flow.heading(text, 1) if _role(shape) in ("title", "ctrTitle") else flow.part(text)
    for kind, target in related(container, name).values():
        if kind == "notesSlide" and target in container.namelist():
            yield from _notes(container, target, flow)


def _notes(container: zipfile.ZipFile, name: str, flow: Flow) -> Iterator[Part]:
    for shape in walk(tree(container, name), "sp"):
        if _role(shape) == "body" and (text := _text(shape)):
            yield flow.part(text)


def _role(shape: Any) -> str:
    placeholder = child(shape, "nvSpPr", "nvPr", "ph")
    return attribute(placeholder, "type") if placeholder is not None else ""


def _text(shape: Any) -> str:
    """The text of a shape, one line for each of its paragraphs."""
    found = ("".join(" " if local(e) == "br" else e.text or "" for e in walk(p, "t", "br")) for p in walk(shape, "p"))
    return "\n".join(line for line in (" ".join(text.split()) for text in found) if line)
