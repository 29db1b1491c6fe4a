"""What a field of a point holds: of its metadata, or the folder that its file lies in."""

from __future__ import annotations

from pathlib import Path

from likewise.types import Passage, Scalar

__all__ = ["FOLDER", "field"]

FOLDER = "folder"


def field(passage: Passage, name: str) -> Scalar:
    """The metadata of a name, None where there is none; `folder`, unless a point says otherwise, is its file's.

    Photos and recordings seldom carry more than the folder that somebody sorted them into.
    """
    value = passage.metadata.get(name)
    if value is None and name == FOLDER and Path(passage.item).is_absolute():
        return Path(passage.item).parent.name
    return value
