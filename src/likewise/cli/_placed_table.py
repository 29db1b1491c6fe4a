"""Whether a table can be written where it shall go, asked before the work and not after it."""

from __future__ import annotations

from pathlib import Path

from likewise.cli._placed import placed
from likewise.errors import InputError

__all__ = ["placed_table"]


def placed_table(name: str | None) -> None:
    """Raises InputError for a file that `--to` could not write in the end: no table by its name, or no place for it."""
    if name is None:
        return
    from likewise.sources._table import SUFFIXES

    if Path(name).suffix.lower() not in SUFFIXES:
        raise InputError(f"{name} is no table: name one of {', '.join(SUFFIXES)}")
    placed(name)
