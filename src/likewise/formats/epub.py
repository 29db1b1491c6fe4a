"""Electronic books (EPUB), chapter by chapter."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import final
from urllib.parse import unquote

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._flow import Flow
from likewise.formats._markup import html_parts
from likewise.formats._office import opened, properties, tree
from likewise.formats._tree import attribute, walk
from likewise.formats._zip import unpack
from likewise.types import Part, Scalar

__all__ = ["Epub"]

_CONTAINER = "META-INF/container.xml"


@final
class Epub(Format):
    """The chapters in the order of the spine, as their HTML reads."""

    name = "epub"
    suffixes = (".epub",)

    def claim(self, file: File) -> Claim:
        book = b"application/epub+zip" in file.head[:200] or file.suffix in self.suffixes
        return Claim.CONTENT if book and _CONTAINER in file.members else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        with opened(file) as container:
            package = next((attribute(e, "full-path") for e in walk(tree(container, _CONTAINER), "rootfile")), "")
            properties(container, package, file)
            chapters = _chapters(container, package)
            file.metadata["chapters"] = len(chapters)
            if "META-INF/encryption.xml" in container.namelist():
                file.warnings.append("parts of it are encrypted")
            flow = Flow()
            for number, name in enumerate(chapters, 1):
                flow.open("chapter", number)
                yield from _chapter(container, name, flow, file)


def _chapters(container: zipfile.ZipFile, package: str) -> list[str]:
    """Members of the spine, in reading order."""
    root, folder = tree(container, package), posixpath.dirname(package)
    targets = {attribute(e, "id"): unquote(attribute(e, "href")) for e in walk(root, "item")}
    spine = [targets.get(attribute(e, "idref"), "") for e in walk(root, "itemref")]
    return [posixpath.normpath(posixpath.join(folder, href)) for href in spine if href]


def _chapter(container: zipfile.ZipFile, name: str, flow: Flow, file: File) -> Iterator[Part]:
    facts: dict[str, Scalar] = {}
    try:
        text = unpack(container, name).decode("utf-8-sig", "replace")
    except FormatError as error:
        file.warnings.append(error.detail)
        return
    yield from html_parts(iter([text]), flow, facts, file.tick)
