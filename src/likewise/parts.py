"""The folder is the registry: `names("stores")` lists a room, `find("stores", "sqlite")` gives its member.

A leaf of a room exports one name in `__all__`. Packages outside join through the entry points
`likewise.<room>` (for example `likewise.stores`), whose value is the object itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from likewise.errors import InputError, MissingLibrary

__all__ = ["find", "missing", "names"]

_EXTRAS: dict[str, str] = {
    "av": "video",
    "mteb": "mteb",
    "onnxruntime": "onnx",
    "openTSNE": "tsne",
    "pillow_heif": "heic",
    "plotly": "plotly",
    "resvg_py": "svg",
    "sklearn": "learn",
    "soundfile": "audio",
    "soxr": "audio",
    "torch": "torch",
    "umap": "umap",
    "wandb": "wandb",
}
"""Top-level module of an optional library -> the extra that brings it."""


def _group(room: str) -> str:
    return f"likewise.{room}"


@cache
def _leaves(room: str) -> tuple[str, ...]:
    package = importlib.import_module(_group(room))
    return tuple(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))


@cache
def _joined(room: str) -> tuple[EntryPoint, ...]:
    """What other packages add; every installed one is asked for it, which takes milliseconds."""
    return tuple(entry_points(group=_group(room)))


def names(room: str) -> list[str]:
    """Names of the members of a room, sorted: its own leaves and those that other packages add."""
    return sorted({*_leaves(room), *(entry.name for entry in _joined(room))})


def find(room: str, name: str) -> Any:
    """The member `name` of a room; imports that leaf only.

    Raises InputError with what exists for an unknown name, MissingLibrary with the command that mends it where an
    optional library is not installed.
    """
    if name in _leaves(room):
        return _export(f"{_group(room)}.{name}")
    for entry in _joined(room):
        if entry.name == name:
            return entry.load()
    raise InputError(f"no {name!r} among {room}: there are {', '.join(names(room))}")


def _export(module: str) -> Any:
    try:
        leaf = importlib.import_module(module)
    except ModuleNotFoundError as error:
        wanted = missing(error)
        if not wanted:
            raise
        raise MissingLibrary(f"{module} needs {wanted}") from error
    return getattr(leaf, leaf.__all__[0])


def missing(error: ModuleNotFoundError) -> str:
    """The library that is not installed and the command that mends it; "" where it is no library that is missing."""
    library = (error.name or "").partition(".")[0]
    if not library or library == "likewise":
        return ""
    extra = _EXTRAS.get(library)
    wanted = f"'likewise[{extra}]'" if extra else library
    return f"{library}: pip install {wanted}"
