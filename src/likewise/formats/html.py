"""HTML pages: what a reader sees, without scripts and styles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import final

from likewise.formats import Claim, File, Format
from likewise.formats._decode import decode
from likewise.formats._flow import Flow
from likewise.formats._markup import html_parts
from likewise.types import Part

__all__ = ["Html"]

_LOOKS = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)


@final
class Html(Format):
    """Headings, paragraphs, lists, tables and code of a page, with its title."""

    name = "html"
    suffixes = (".html", ".htm", ".xhtml", ".xht", ".shtml")

    def claim(self, file: File) -> Claim:
        if not file.textual:
            return Claim.NO
        if file.suffix in self.suffixes:
            return Claim.SUFFIX
        return Claim.LOOKS if _LOOKS.match(file.head.lstrip(b"\xef\xbb\xbf").replace(b"\0", b"")) else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        yield from html_parts(decode(file), Flow(), file.metadata, file.tick)
