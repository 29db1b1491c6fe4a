"""Opening a collection that is there already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.collection import Collection

__all__ = ["existing", "opened"]


def existing(name: str) -> Path:
    """The path of a collection that exists; InputError says how to make one."""
    path = Path(name).expanduser()
    if not (path / "collection.sqlite").is_file():
        raise InputError(f"no collection at {name}; make one with: likewise add PATH... --to {name}")
    return path


def opened(name: str) -> Collection:
    """The collection at a path that exists."""
    path = existing(name)
    from likewise.collection import Collection

    return Collection(path)
