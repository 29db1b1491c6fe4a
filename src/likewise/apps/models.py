"""The models that likewise knows, and which of them are on this computer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from likewise.catalog import Entry, entries
from likewise.encoders._resolve import DEFAULT, present

__all__ = ["models"]


@dataclass(frozen=True, slots=True)
class Known:
    """A model of the catalogue; `path` is its folder on this computer, None where it would have to be fetched."""

    entry: Entry
    path: Path | None
    default: bool


def models() -> tuple[Known, ...]:
    """Every model of the catalogue, the default one first, then those that are here, then by name."""
    known = [Known(entry, present(entry.id), entry.id == DEFAULT) for entry in entries()]
    return tuple(sorted(known, key=lambda k: (not k.default, k.path is None, k.entry.name.lower())))
