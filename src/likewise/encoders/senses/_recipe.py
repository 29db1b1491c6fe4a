"""The small TOML beside one's own network: what goes in, what comes out. docs/own-models.md explains it."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

from likewise.errors import ModelError
from likewise.modalities.pixels import Pixels
from likewise.modalities.waves import Waves

__all__ = ["Front", "Recipe", "Windowed", "read"]

_TOP: Final = {
    "name": str,
    "modality": str,
    "file": str,
    "normalize": bool,
    "input": dict,
    "front": dict,
    "output": dict,
}
_IMAGE: Final = {
    "tensor": str,
    "size": list,
    "fit": str,
    "side": int,
    "filter": str,
    "layout": str,
    "channels": str,
    "scale": float,
    "mean": list,
    "std": list,
}
_AUDIO: Final = {"tensor": str, "rate": int, "gain": float, "window": int, "hop": int, "quiet": float}
_FRONT: Final = {"file": str, "scale": float, "offset": float}
_OUTPUT: Final = {
    "tensor": (str, int),
    "average": list,
    "scale": float,
    "zero": float,
    "scores": (str, int),
    "labels": str,
    "column": str,
}
_CHOICES: Final = {
    "fit": ("crop", "stretch", "pad"),
    "filter": ("nearest", "bilinear", "bicubic", "lanczos", "box"),
    "layout": ("NHWC", "NCHW"),
    "channels": ("RGB", "BGR", "L"),
}


@final
@dataclass(frozen=True, slots=True)
class Windowed:
    """Windows of a sound, in samples, or in frames of the front network; 0: the whole sound at once.

    Windows whose samples are quieter than `quiet` (dB below full scale, root of the mean square) do not count.
    """

    window: int
    hop: int
    quiet: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Front:
    """A first network that turns samples into frames `(t, bins)`; a value becomes value * scale + offset."""

    path: Path
    scale: float
    offset: float


@final
@dataclass(frozen=True, slots=True)
class Recipe:
    """All that the TOML says, checked.

    `tensor` and `scores` are outputs by their place or tensors by their names; a value becomes (value - zero) * scale.
    `average` are axes of the tensor that are averaged, the first one counting items.
    """

    name: str
    modality: str
    path: Path
    normalize: bool
    given: str | None
    prepare: Pixels | Waves
    windowed: Windowed
    front: Front | None
    tensor: str | int
    average: tuple[int, ...]
    scale: float
    zero: float
    scores: str | int | None
    labels: tuple[str, ...]

    @property
    def facts(self) -> str:
        """Every setting that changes a vector, as one line."""
        front = self.front and (self.front.scale, self.front.offset)
        return f"{self.prepare} {self.windowed} {front} {self.average} {self.scale} {self.zero}"


def read(path: Path) -> Recipe:
    """The settings of one's own network. Raises ModelError that names what is wrong in the file."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    top = _table(path, "", said, _TOP)
    modality = str(top.get("modality", ""))
    if modality not in ("image", "audio"):
        raise ModelError(f"{path}: modality is {modality!r}, wanted image or audio")
    given = _table(path, "input", top.get("input", {}), _IMAGE if modality == "image" else _AUDIO)
    out = _table(path, "output", top.get("output", {}), _OUTPUT)
    front = _table(path, "front", top["front"], _FRONT) if "front" in top else None
    if front is not None and modality != "audio":
        raise ModelError(f"{path}: [front] turns samples into frames, and this network takes an image: leave it out")
    return Recipe(
        name=str(top.get("name") or path.stem),
        modality=modality,
        path=_file(path, "file", top),
        normalize=bool(top.get("normalize", True)),
        given=given.get("tensor"),
        prepare=_pixels(path, given) if modality == "image" else _waves(path, given),
        windowed=_windowed(path, given, front is not None),
        front=None if front is None else _front(path, front),
        tensor=out.get("tensor", 0),
        average=tuple(int(axis) for axis in out.get("average", ())),
        scale=float(out.get("scale", 1.0)),
        zero=float(out.get("zero", 0.0)),
        scores=out.get("scores"),
        labels=_labels(path, out),
    )


def _table(path: Path, name: str, said: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """One table with the kinds of its values checked; whole numbers pass for others."""
    where = f"[{name}] " if name else ""
    found: dict[str, Any] = {}
    for key, given in said.items():
        if key not in known:
            raise ModelError(f"{path}: {where}has {key!r}, which is not known: there are {', '.join(known)}")
        wanted = known[key]
        value = float(given) if wanted is float and type(given) is int else given
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise ModelError(f"{path}: {where}{key} is {value!r}, wanted {_kind(wanted)}")
        if value not in _CHOICES.get(key, (value,)):
            raise ModelError(f"{path}: {where}{key} is {value!r}, wanted {' or '.join(_CHOICES[key])}")
        found[key] = value
    return found


def _kind(wanted: Any) -> str:
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    names = {str: "text", int: "a whole number", float: "a number", list: "a list", bool: "true or false"}
    return " or ".join(names.get(kind, "a table") for kind in kinds)


def _file(path: Path, key: str, said: Mapping[str, Any]) -> Path:
    named = str(said.get("file", ""))
    found = path.parent / named
    if not named or not found.is_file():
        raise ModelError(f"{path}: {key} is {named!r}, and there is no such file beside it: put the network there")
    return found


def _front(path: Path, said: Mapping[str, Any]) -> Front:
    return Front(_file(path, "front.file", said), said.get("scale", 1.0), said.get("offset", 0.0))


def _numbers(path: Path, key: str, said: Mapping[str, Any], default: tuple[float, ...]) -> tuple[float, ...]:
    values = said.get(key, list(default))
    if len(values) not in (1, 3) or not all(type(value) in (int, float) for value in values):
        raise ModelError(f"{path}: [input] {key} is {values!r}, wanted one number, or three for red, green and blue")
    return tuple(float(value) for value in values)


def _pixels(path: Path, said: Mapping[str, Any]) -> Pixels:
    size = said.get("size", [])
    if len(size) != 2 or not all(type(value) is int and 0 < value <= 8192 for value in size):
        raise ModelError(f"{path}: [input] size is {size!r}, wanted [height, width] in pixels")
    std = _numbers(path, "std", said, (1.0,))
    if 0.0 in std:
        raise ModelError(f"{path}: [input] std holds 0, by which nothing can be divided")
    plain = {key: said[key] for key in ("fit", "side", "filter", "layout", "channels", "scale") if key in said}
    return Pixels(size[0], size[1], **plain, mean=_numbers(path, "mean", said, (0.0,)), std=std)


def _waves(path: Path, said: Mapping[str, Any]) -> Waves:
    rate = said.get("rate", 0)
    if not 1000 <= rate <= 384_000:
        raise ModelError(f"{path}: [input] rate is {rate}, wanted samples a second, such as 16000")
    return Waves(rate, said.get("gain", 1.0))


def _windowed(path: Path, said: Mapping[str, Any], framed: bool) -> Windowed:
    window = said.get("window", 0)
    hop = said.get("hop", window)
    if window < 0 or (window and not 0 < hop <= window):
        raise ModelError(f"{path}: [input] window {window} and hop {hop}: wanted 0 < hop <= window")
    if framed and "quiet" in said:
        raise ModelError(f"{path}: [input] quiet looks at samples, and windows are of frames here: leave it out")
    return Windowed(window, hop, said.get("quiet"))


def _labels(path: Path, said: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of classes: a line each, or a column of a CSV with a heading."""
    if ("labels" in said) != ("scores" in said):
        raise ModelError(f"{path}: [output] labels and scores belong together: give both or none")
    if "labels" not in said:
        return ()
    file, column = path.parent / said["labels"], said.get("column")
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            if column is None:
                return tuple(line.strip() for line in lines if line.strip())
            return tuple(row[column] for row in csv.DictReader(lines))
    except (OSError, UnicodeError, KeyError, csv.Error) as error:
        raise ModelError(f"{path}: [output] labels: {file} gives no names of classes: {error}") from error
