"""Parts and pieces as frames on the line between reader and caller; what comes in is checked, nothing is believed."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import FormatError
from likewise.types import Clip, Media, Motion, Part, Place, Sound

__all__ = ["pack", "unpack", "unpack_part"]

Array = NDArray[Any]

_KINDS = frozenset(("paragraph", "heading", "code", "table", "record"))
_TYPES = frozenset(("bool", "uint8", "int8", "uint16", "int16", "int32", "int64", "float16", "float32", "float64"))
_MODALITIES = frozenset(("image", "audio", "video", "depth", "thermal", "motion"))
_NONSENSE = "its reader talked nonsense"
_AXES = 8


def pack(media: Media) -> tuple[list[object], list[Array]]:
    """What stands in the JSON of a `media` frame, and the arrays whose bytes follow it.

    The JSON is modality, form (array, sound, clip, motion), rate, [[dtype, shape], ...] and the fields of the place.
    """
    content, place = media.content, media.place
    form, rate = "array", 0.0
    arrays: list[Array]
    if isinstance(content, Sound):
        form, rate, arrays = "sound", content.rate, [content.samples]
    elif isinstance(content, Motion):
        form, rate, arrays = "motion", content.rate, [content.samples]
    elif isinstance(content, Clip):
        form, arrays = "clip", [content.frames, content.times]
    else:
        arrays = [np.asarray(content)]
    arrays = [np.ascontiguousarray(array) for array in arrays]
    shapes = [[array.dtype.name, list(array.shape)] for array in arrays]
    spot = (place.unit, place.number, place.name, place.seconds, place.until)
    return [media.modality, form, rate, shapes, *spot], arrays


def unpack(values: list[Any], fill: Callable[[memoryview], None], most: int, prepared: Collection[str]) -> Media:
    """A piece out of a `media` frame, whose bytes `fill` receives, `most` at most; of a `prepared` modality if any is.

    Raises FormatError `crashed` for what no honest reader says, `bomb` for too much of it.
    """
    if len(values) != 9:
        raise FormatError("crashed", _NONSENSE)
    modality, form, rate, shapes, *spot = values
    if modality not in (prepared or _MODALITIES) or not isinstance(shapes, list) or not 1 <= len(shapes) <= 2:
        raise FormatError("crashed", _NONSENSE)
    place = _moment(spot)
    arrays = [_buffer(shape) for shape in shapes]
    size = sum(count for _, _, count in arrays)
    if size > most:
        raise FormatError("bomb", f"one piece of it holds {size:,} bytes, the limit is {most:,}")
    made = [_received(dtype, shape, fill) for dtype, shape, _ in arrays]
    return Media(modality, _content(modality, form, rate, made, bool(prepared)), place)


def unpack_part(values: list[Any]) -> Part:
    """A part out of a frame; the child may have been taken over by the file, so nothing is believed."""
    try:
        text, kind, level, start, end, unit, number, name, line, heading = values
    except ValueError as error:
        raise FormatError("crashed", _NONSENSE) from error
    strings, counts = (text, unit, name, heading), (level, start, end, number or 0, line or 0)
    if kind not in _KINDS or not all(type(s) is str for s in strings) or not all(type(c) is int for c in counts):
        raise FormatError("crashed", _NONSENSE)
    return Part(text, kind, Place(start, end, unit, number, name, line, heading), level)


def _moment(spot: list[Any]) -> Place:
    unit, number, name, seconds, until = spot
    known = [x for x in (seconds, until) if x is not None]
    good = isinstance(unit, str) and isinstance(name, str) and (number is None or type(number) is int)
    if not good or not all(isinstance(x, int | float) and math.isfinite(x) and x >= 0 for x in known):
        raise FormatError("crashed", _NONSENSE)
    return Place(unit=unit[:50], number=number, name=name[:200], seconds=seconds, until=until)


def _buffer(shape: Any) -> tuple[str, tuple[int, ...], int]:
    """Type, shape and bytes of an array that is announced."""
    if not isinstance(shape, list) or len(shape) != 2 or shape[0] not in _TYPES:
        raise FormatError("crashed", _NONSENSE)
    sides = shape[1]
    if not isinstance(sides, list) or len(sides) > _AXES or not all(type(n) is int and n >= 0 for n in sides):
        raise FormatError("crashed", _NONSENSE)
    return shape[0], tuple(sides), math.prod(sides) * np.dtype(shape[0]).itemsize


def _received(dtype: str, shape: tuple[int, ...], fill: Callable[[memoryview], None]) -> Array:
    array = np.empty(shape, dtype)
    if array.nbytes:
        fill(array.reshape(-1).view(np.uint8).data)
    return array


def _content(modality: str, form: object, rate: object, arrays: list[Array], prepared: bool) -> object:
    """The content that the arrays are: what a preparer made, or what the type of its modality says."""
    first = arrays[0]
    if prepared:
        return _if(form == "array" and len(arrays) == 1, first)
    if modality == "video":
        good = form == "clip" and len(arrays) == 2 and _like(first, "uint8", 4) and _like(arrays[1], "float64", 1)
        return Clip(_if(good and len(first) == len(arrays[1]), first), arrays[1])
    if modality in ("audio", "motion"):
        return _sampled(modality, form, rate, arrays)
    if modality == "image":
        return _if(form == "array" and _like(first, "uint8", 3) and first.shape[2] == 3, first)
    return _if(form == "array" and _like(first, "float32", 2), first)


def _sampled(modality: str, form: object, rate: object, arrays: list[Array]) -> object:
    wanted, axes = ("sound", 1) if modality == "audio" else ("motion", 2)
    good = form == wanted and len(arrays) == 1 and _like(arrays[0], "float32", axes)
    if not good or not isinstance(rate, int | float) or not math.isfinite(rate) or rate <= 0:
        raise FormatError("crashed", _NONSENSE)
    return Sound(arrays[0], int(rate)) if modality == "audio" else Motion(arrays[0], float(rate))


def _like(array: Array, dtype: str, axes: int) -> bool:
    return array.dtype == dtype and array.ndim == axes


def _if(good: bool, content: Array) -> Array:
    if not good:
        raise FormatError("crashed", _NONSENSE)
    return content
