"""What filters can ask of a file."""

from __future__ import annotations

from datetime import UTC, datetime

from likewise.sources import Found
from likewise.types import Scalar

__all__ = ["file_facts"]


def file_facts(found: Found, kind: str) -> dict[str, Scalar]:
    """Kind, name, source, size, modified and year of a file; its own metadata come on top."""
    when = datetime.fromtimestamp(found.mtime_ns / 1e9, UTC)
    return {
        "source": found.id,
        "name": found.path.name.encode("utf-8", "replace").decode(),
        "kind": kind,
        "size": found.size,
        "modified": when.isoformat(timespec="seconds"),
        "year": when.year,
    }
