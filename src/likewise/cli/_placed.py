"""Whether a result can be written where it shall go, asked before the work and not after it."""

from __future__ import annotations

import os
from pathlib import Path

from likewise.errors import InputError

__all__ = ["placed"]


def placed(name: str | os.PathLike[str]) -> Path:
    """The file that will be written. Raises InputError where there is no folder for it, or it is a folder itself."""
    path = Path(name).expanduser()
    if path.is_dir():
        raise InputError(f"{name} cannot be written: it is a folder; name a file")
    if not path.parent.is_dir():
        raise InputError(f"{name} cannot be written: there is no folder {path.parent}; make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"{name} cannot be written: it is not allowed here; name another file")
    return path
