"""An address that opens a source at its place: the page, the moment, the words."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote

from likewise.types import Hit

__all__ = ["link"]

_PAGED: Final = (".pdf",)
_SHOWN: Final = (".html", ".htm", ".xhtml", ".txt", ".md", ".svg")
_WORDS: Final = 5


def link(hit: Hit, start: int = 0) -> str:
    """A file: address with the page, the seconds or the words of the place; "" for what is no file.

    Browsers go to `#page=` of a PDF, to `#t=` of a recording or film and to `#:~:text=` of a page or text; `start` is
    the character of the passage at which the words begin.
    """
    path = Path(hit.item)
    if not path.is_absolute():
        return ""
    place = hit.place
    fragment = ""
    if place.seconds is not None:
        fragment = f"#t={place.seconds:g}" + (f",{place.until:g}" if place.until is not None else "")
    elif path.suffix.lower() in _PAGED and place.number:
        fragment = f"#page={place.number}"
    elif path.suffix.lower() in _SHOWN and (words := hit.text[start:].split()[:_WORDS]):
        fragment = "#:~:text=" + quote(" ".join(words), safe="").replace("-", "%2D")
    return path.as_uri() + fragment
