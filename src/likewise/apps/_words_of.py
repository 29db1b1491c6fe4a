"""What a point says in words."""

from __future__ import annotations

from likewise.collection.senses import MODALITIES
from likewise.types import Passage

__all__ = ["shown", "words_of"]


def words_of(passage: Passage) -> str:
    """The text of a passage; "" for a picture, a sound or a clip, of which the text is only a name."""
    return "" if passage.metadata.get("kind") in MODALITIES else passage.text


def shown(passage: Passage, width: int = 70) -> str:
    """What a passage is called on one line: its id, and the beginning of its text where it has one."""
    flat = " ".join(passage.text[: 4 * width].split())
    if len(flat) > width:
        flat = flat[: width - 3] + "..."
    return f"{passage.id}  {flat}" if flat and flat != passage.id else passage.id
