"""Rich text (RTF)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._flow import Flow
from likewise.types import Part

__all__ = ["Rtf"]

_WHOLE = 64 << 20


@final
class Rtf(Format):
    """The paragraphs of a rich text, without pictures and objects."""

    name = "rtf"
    suffixes = (".rtf",)

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if file.head.lstrip()[:5] == b"{\\rtf" else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        if file.size > _WHOLE:
            raise FormatError("too_large", f"{file.size:,} bytes of RTF; the limit is {_WHOLE:,}")
        from striprtf.striprtf import rtf_to_text

        file.handle.seek(0)
        plain: Callable[..., str] = rtf_to_text
        text = plain(file.handle.read().decode("latin-1"), errors="replace")
        flow = Flow()
        for line in text.splitlines():
            if body := " ".join(line.replace("|", " | ").split()).strip(" |") if line.endswith("|") else line.strip():
                yield flow.part(body, "table" if line.endswith("|") else "paragraph")
