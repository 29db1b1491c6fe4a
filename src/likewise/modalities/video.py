"""Clips of video, made ready as the video processors of transformers do it: frames chosen, resized, cropped, scaled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.modalities import Array, Preparer
from likewise.modalities._resized import resized, stretched
from likewise.types import Clip

__all__ = ["Video"]

_THIN: Final = 100  # a frame this many times as long as wide is an error of its maker, and costs as much as a film


@final
@dataclass(frozen=True, slots=True)
class Video(Preparer):
    """A `Clip` as `(frames, 3, height, width)` float32.

    `frames` of the clip are taken evenly over it (with `ends` from its first to its last), or, where `rate` is not 0,
    so many a second around its middle; a shorter clip repeats some. `edges` is the shorter edge, or height and width,
    after resizing by `filter` (`linear` is bilinear without widening when it shrinks, as pytorchvideo does it), `crop`
    the height and width kept of the middle, with black around what is smaller; both may be empty. Then x becomes
    (x scale + offset - mean) / std.
    """

    frames: int
    edges: tuple[int, ...] = ()
    crop: tuple[int, ...] = ()
    filter: Literal["bilinear", "bicubic", "linear"] = "bilinear"
    scale: float = 1 / 255
    offset: float = 0.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    rate: float = 0.0
    ends: bool = False

    def prepare(self, content: Any) -> Array:
        """The frames that are kept `(frames, height, width, 3)`, uint8 (float32 for the filter `linear`)."""
        clip = _checked(content)
        return self.framed(clip.frames[self.chosen(clip.times)])

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        """One input `(n, frames, 3, height, width)` float32."""
        found = np.stack([np.moveaxis(frames, -1, 1) for frames in prepared]).astype(np.float32)
        mean, std = (np.array(value, np.float32)[:, None, None] for value in (self.mean, self.std))
        if self.offset:
            found *= np.float32(self.scale)
            found += np.float32(self.offset)
        else:  # folded into one step, as the reference does it
            mean, std = (value * np.float32(1 / self.scale) for value in (mean, std))
        found -= mean
        found /= std
        return (found,)

    def frames_of(self, seconds: float) -> int:
        """As many as are taken, or as many as there are at its `rate`."""
        return max(self.frames, math.ceil(self.rate * seconds))

    def chosen(self, times: NDArray[np.float64]) -> NDArray[np.intp]:
        """Which frames of a clip are taken, by the times at which they are shown, in seconds."""
        count, wanted = len(times), np.arange(self.frames)
        if self.ends:
            ends: NDArray[np.intp] = np.linspace(0, count - 1, self.frames).astype(np.intp)
            return ends
        if not self.rate:
            chosen: NDArray[np.intp] = wanted * count // self.frames
            return chosen
        middle = (times[0] + times[-1]) / 2
        at = np.maximum(middle - (self.frames - 1) / self.rate / 2, times[0]) + wanted / self.rate
        # the frame that is on the screen then; half a millisecond forgives times that were rounded
        shown: NDArray[np.intp] = np.searchsorted(times, at + 5e-4, side="right") - 1
        return shown.clip(0, count - 1)

    def framed(self, frames: NDArray[np.uint8]) -> Array:
        """Frames `(t, height, width, 3)` resized and cropped."""
        height, width = self._resized(frames.shape[1], frames.shape[2])
        tall, wide = self.crop or (height, width)
        rows, columns = (self._middle(*pair) for pair in ((height, tall), (width, wide)))
        if self.filter == "linear":
            found: Array = stretched(frames, (height, width), rows, columns)
        elif (height, width) == frames.shape[1:3]:
            found = frames[:, slice(*rows), slice(*columns)]
        else:
            found = resized(frames, (height, width), rows, columns, self.filter)
        if found.shape[1:3] == (tall, wide):
            return np.ascontiguousarray(found)
        around = [(space // 2, space - space // 2) for space in (tall - found.shape[1], wide - found.shape[2])]
        return np.pad(found, ((0, 0), *around, (0, 0)))

    def _resized(self, height: int, width: int) -> tuple[int, int]:
        if len(self.edges) == 2:
            return self.edges[0], self.edges[1]
        if not self.edges:
            return height, width
        short, long = sorted((height, width))
        longer = long / short * self.edges[0] if self.filter == "linear" else self.edges[0] * long / short
        return (self.edges[0], int(longer)) if height <= width else (int(longer), self.edges[0])

    def _middle(self, length: int, kept: int) -> tuple[int, int]:
        """From where to where the middle of an axis is kept; all of it where it is shorter."""
        kept = min(kept, length)
        start = round((length - kept) / 2) if self.filter == "linear" else (length - kept) // 2
        return start, start + kept


def _checked(content: Any) -> Clip:
    """The clip, or an InputError that says what it lacks."""
    if not isinstance(content, Clip):
        raise InputError(f"a video is given as a Clip, not as {type(content).__name__}")
    frames = content.frames
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8:
        raise InputError(f"frames are {frames.dtype} {frames.shape}, wanted uint8 (t, height, width, 3), RGB")
    if 0 in frames.shape:
        raise InputError(f"frames {frames.shape}: the clip is empty")
    if content.times.shape != frames.shape[:1]:
        raise InputError(f"{len(frames)} frames and times {content.times.shape} do not belong together")
    short, long = sorted(frames.shape[1:3])
    if long > _THIN * short:
        raise InputError(f"frames of {frames.shape[2]} x {frames.shape[1]} are too thin to be a picture")
    return content
