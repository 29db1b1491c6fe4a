"""PDF, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, final

import numpy as np

from likewise.errors import FormatError
from likewise.formats import Claim, File, Plan, Viewable
from likewise.formats._flow import Flow
from likewise.types import Media, Part, Place

__all__ = ["Pdf"]

_SIDE = 1600
_HYPHEN = re.compile("(?:\ufffe|\x02|\xad)(?:\r\n|\n)?")
_END = re.compile(r"\r\n|\r")


@final
class Pdf(Viewable):
    """The text layer of each page as PDFium reads it, one part a page; nothing is recognised from images.

    Viewed as images where that is asked for, its pages are painted so that their longer side has 1,600 pixels.
    """

    name = "pdf"
    suffixes = (".pdf",)
    modalities = ("image",)
    on_request = True

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if b"%PDF-" in file.head[:1024] else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        import pypdfium2 as pdfium

        with _opened(file) as document:
            _facts(document, file)
            yield from _pages(document, file, pdfium.PdfiumError)

    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:  # noqa: ARG002 one modality
        with _opened(file) as document:
            _facts(document, file)
            for index in range(min(len(document), plan.pages)):
                file.tick()
                yield Media("image", _painted(document, index), Place(unit="page", number=index + 1))
            if len(document) > plan.pages:
                file.warnings.append(f"pages after the first {plan.pages} were left out")


def _opened(file: File) -> Any:
    import pypdfium2 as pdfium

    try:
        return pdfium.PdfDocument(file.handle)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise FormatError("encrypted", "it is protected by a password") from error
        raise FormatError("damaged", f"it cannot be opened: {error}") from error


def _painted(document: Any, index: int) -> Any:
    """A page as an image `(height, width, 3)` uint8."""
    page = document[index]
    try:
        scale = _SIDE / max(*page.get_size(), 1.0)
        bitmap = page.render(scale=scale, rev_byteorder=True)
        try:
            return np.ascontiguousarray(bitmap.to_numpy()[..., :3])
        finally:
            bitmap.close()
    finally:
        page.close()


def _facts(document: Any, file: File) -> None:
    facts = document.get_metadata_dict(skip_empty=True)
    for theirs, ours in (("Title", "title"), ("Author", "author"), ("Subject", "subject"), ("CreationDate", "created")):
        if value := str(facts.get(theirs, "")).strip():
            file.metadata[ours] = value
    file.metadata["pages"] = len(document)


def _pages(document: Any, file: File, failure: type[Exception]) -> Iterator[Part]:
    flow, broken = Flow(), []
    for index in range(len(document)):
        file.tick()
        try:
            text = _text(document, index)
        except failure:
            broken.append(index + 1)
            continue
        if text:
            flow.open("page", index + 1)
            yield flow.part(text)
    if broken:
        file.warnings.append(f"pages that could not be read: {', '.join(map(str, broken[:20]))}")
        if len(broken) == len(document):
            raise FormatError("damaged", "none of its pages can be read")


def _text(document: Any, index: int) -> str:
    """The text of a page, words that were cut at a line's end joined again."""
    page = document[index]
    try:
        layer = page.get_textpage()
        try:
            text: str = layer.get_text_range()
        finally:
            layer.close()
    finally:
        page.close()
    return _END.sub("\n", _HYPHEN.sub("", text)).strip()
