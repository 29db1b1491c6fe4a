"""The settings of a video processor, as its makers publish them with a model, to a preparer of clips."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

from likewise.errors import ModelError
from likewise.modalities.video import Video
from likewise.networks import Facts

__all__ = ["video"]

_FILES: Final = ("processor_config.json", "video_preprocessor_config.json", "preprocessor_config.json")
"""Where transformers looks, in this order; in the first one video has a place of its own."""

_FILTERS: Final[dict[int, Literal["bilinear", "bicubic"]]] = {2: "bilinear", 3: "bicubic"}
"""By the numbers of Pillow, in which the files speak."""

_HALF: Final = (0.5, 0.5, 0.5)
_IMAGENET: Final = {"image_mean": (0.485, 0.456, 0.406), "image_std": (0.229, 0.224, 0.225)}
_USUAL: Final[dict[str, dict[str, Any]]] = {
    "timesformer": _IMAGENET,
    "vivit": {"size": 256, "rescale_factor": 1 / 127.5, "offset": True},
    "vjepa2": _IMAGENET | {"crop_size": 256},
}
"""What the processor of a model_type does where its file is silent; without a line here, as VideoMAE's."""

_TRAINED: Final = {"timesformer": (8, 224), "vivit": (32, 224), "vjepa2": (64, 256), "xclip": (8, 224)}
"""Frames and their side where config.json is silent; without a line here as VideoMAE's, 16 and 224."""

_ANY: Final[dict[str, Any]] = {
    "size": 224,
    "crop_size": 224,
    "rescale_factor": 1 / 255,
    "image_mean": _HALF,
    "image_std": _HALF,
    "resample": 2,
    "offset": False,
}


def video(path: Path, facts: Facts) -> Video:
    """The preparer of a model folder; `facts` is its config.json, which says how many frames a clip has.

    Raises ModelError for settings that cannot be used.
    """
    kind = facts.text("model_type", "")
    file, settings = _settings(path)
    said = _ANY | _USUAL.get(kind, {}) | {name: value for name, value in settings.items() if value is not None}
    crop = _edges(file, "crop_size", said) if said.get("do_center_crop", True) else ()
    edges = _edges(file, "size", said) if said.get("do_resize", True) else ()
    if kind == "vjepa2":  # its processor resizes by the crop, whatever its file says of it
        crop = _edges(file, "crop_size", said)
        edges = (int(crop[0] * 256 / 224),)
    frames, side = _trained(kind, facts)
    kept = crop * 2 if len(crop) == 1 else crop or edges
    if kept != (side, side):
        raise ModelError(f"{file}: clips become {'x'.join(map(str, kept))}, {facts.path.name} takes {side}x{side}")
    filtered = _FILTERS.get(said["resample"]) if isinstance(said["resample"], int) else None
    if filtered is None:
        raise ModelError(f"{file}: resample is {said['resample']!r}, and only 2 (bilinear) or 3 (bicubic) is done here")
    normal = said.get("do_normalize", True)
    return Video(
        frames=frames,
        edges=edges,
        crop=crop * 2 if len(crop) == 1 else crop,
        filter=filtered,
        scale=_number(file, "rescale_factor", said) if said.get("do_rescale", True) else 1.0,
        offset=-1.0 if said["offset"] and said.get("do_rescale", True) else 0.0,
        mean=_colours(file, "image_mean", said) if normal else (0.0, 0.0, 0.0),
        std=_colours(file, "image_std", said) if normal else (1.0, 1.0, 1.0),
    )


def _trained(kind: str, facts: Facts) -> tuple[int, int]:
    """How many frames the network was trained with, and the side of a frame in pixels."""
    own = facts.inside("vision_config") if "vision_config" in facts else facts
    frames, side = _TRAINED.get(kind, (16, 224))
    if kind == "vjepa2":
        return own.integer("frames_per_clip", frames), own.integer("crop_size", side)
    return own.integer("num_frames", frames), own.integer("image_size", side)


def _settings(path: Path) -> tuple[Path, dict[str, Any]]:
    """The file that says how clips are made ready, and what it says; nothing where there is none."""
    for name in _FILES:
        file = path / name
        if not file.exists():
            continue
        try:
            said = json.loads(file.read_bytes())
        except ValueError as error:
            raise ModelError(f"{file} is no JSON ({error}): fetch the model again") from error
        if name == _FILES[0]:
            said = said.get("video_processor") if isinstance(said, dict) else None
        if isinstance(said, dict):
            return file, said
    return path / _FILES[-1], {}


def _edges(file: Path, name: str, said: dict[str, Any]) -> tuple[int, ...]:
    """The shorter edge, or height and width."""
    value = said[name]
    if isinstance(value, dict):
        keys = ("shortest_edge",) if "shortest_edge" in value else ("height", "width")
        value = [value.get(key) for key in keys]
    edges = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not 1 <= len(edges) <= 2 or not all(isinstance(edge, int) and 0 < edge <= 1 << 13 for edge in edges):
        raise ModelError(f"{file}: {name} is {said[name]!r}, wanted a number of pixels, or height and width")
    return edges


def _number(file: Path, name: str, said: dict[str, Any]) -> float:
    value = said[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ModelError(f"{file}: {name} is {value!r}, wanted a number over 0")
    return float(value)


def _colours(file: Path, name: str, said: dict[str, Any]) -> tuple[float, ...]:
    """A number for red, green and blue."""
    value = said[name]
    if not isinstance(value, list | tuple) or len(value) != 3 or not all(isinstance(v, int | float) for v in value):
        raise ModelError(f"{file}: {name} is {value!r}, wanted three numbers")
    if name == "image_std" and not all(value):
        raise ModelError(f"{file}: {name} holds a 0, by which nothing can be divided")
    return tuple(float(v) for v in value)
