"""What a click on a point opens: its address, or its file at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from likewise.apps._ask_link import link as opened
from likewise.types import Hit, Passage

__all__ = ["link"]

_ADDRESSES: Final = ("url", "link", "href")
_FILES: Final = ("file", "path", "source")


def link(passage: Passage) -> str:
    """An http: or file: address, "" where none is known; whatever else the metadata hold is no address."""
    for name in _ADDRESSES:
        if str(passage.metadata.get(name) or "").lower().startswith(("http://", "https://")):
            return str(passage.metadata[name])
    if found := opened(Hit(passage.id, 0.0, passage.item, passage.text, passage.title, passage.place)):
        return found
    for name in _FILES:
        path = Path(str(passage.metadata.get(name) or "."))
        if path.is_absolute():
            return path.as_uri()
    return ""
