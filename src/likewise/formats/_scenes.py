"""The pictures of a film, scene by scene, while its frames come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import FormatError
from likewise.formats import File, Plan
from likewise.formats._thin import Thin
from likewise.modalities._cuts import Cuts
from likewise.types import Clip, Media, Place

if TYPE_CHECKING:
    from av.video.reformatter import VideoReformatter

__all__ = ["Scenes"]

_HELD = 64 << 20
"""Bytes of frames that wait for the end of their scene."""
_SHORTEST = 1.0
"""Seconds that a scene lasts at least."""


@final
class Scenes:
    """Frames, decoded, to images and clips; a scene ends at a cut or after `every` seconds.

    A film that says how long it is, is cut evenly: one of 21 s into two of 10.5 s, not into 10, 10 and 1.
    """

    def __init__(self, file: File, plan: Plan, wanted: frozenset[str], offset: float) -> None:
        from av.video.reformatter import VideoReformatter  # where it is missing, films alone are not read

        lasts = file.metadata.get("duration")
        self._every = lasts / max(1, round(lasts / plan.every)) if isinstance(lasts, float) else plan.every
        self._file, self._plan, self._wanted, self._offset = file, plan, wanted, offset
        self._cuts = Cuts() if plan.cuts else None
        # one for all frames: each would keep its own, with threads, for as long as it waits
        self._scaler, self._painter = VideoReformatter(), VideoReformatter()
        self._most = max(plan.frames if "image" in wanted else 1, plan.clip if "video" in wanted else 1)
        self._kept: Thin[Any] | None = None
        self._start = self._last = self._step = 0.0
        self.frames = 0

    @property
    def end(self) -> float:
        """Seconds up to where frames came in."""
        return self._last + self._step

    def feed(self, frame: Any) -> Iterator[Media]:
        """The pieces of the scenes that have ended by this frame."""
        time = self._time(frame)
        width, height = frame.width, frame.height
        if width * height > self._file.limits.pixels:
            raise FormatError("bomb", f"its frames have {width:,} x {height:,} pixels, too many to be decoded")
        if not self.frames:
            self._start = time
        for cut in self._cuts.feed(_small(frame, Cuts.SIZE, self._scaler), time) if self._cuts else ():
            yield from self._cut(cut)
        if time - self._start >= self._every:
            yield from self._scene(time)
            self._kept, self._start = None, time
        if self._kept is None:
            self._kept = Thin(_capacity(frame, self._most))
        self._kept.offer(time, _smaller(frame, self._most) if self._kept.wants else None)
        self._last, self.frames = time, self.frames + 1

    def finish(self) -> Iterator[Media]:
        """The pieces of the last scenes."""
        for cut in self._cuts.finish() if self._cuts else ():
            yield from self._cut(cut)
        yield from self._scene(self.end)

    def _time(self, frame: Any) -> float:
        """When a frame is shown; times never go back, and one that is missing follows the last."""
        time = self._last + self._step if frame.time is None else frame.time - self._offset
        if not self.frames:
            return max(0.0, time)
        self._step = time - self._last if 0 < time - self._last < 1 else self._step
        return max(time, self._last)

    def _cut(self, time: float) -> Iterator[Media]:
        """End the scene at a cut, which is told some frames late."""
        if self._kept is not None and time - self._start >= _SHORTEST:
            later = self._kept.split(time)
            yield from self._scene(time)
            self._kept, self._start = later, time

    def _scene(self, end: float) -> Iterator[Media]:
        if self._kept is None:
            return
        start = round(self._start, 6)
        if "image" in self._wanted:
            for time, frame in self._kept.pick(self._plan.frames, start, end):
                yield Media("image", _picture(frame, self._painter), Place(seconds=round(time, 6)))
        if "video" in self._wanted and len(self._kept):
            picked = self._kept.pick(self._plan.clip, start, end)
            pictures = _alike((_picture(frame, self._painter) for _, frame in picked), len(picked))
            times = np.array([time for time, _ in picked], np.float64)
            yield Media("video", Clip(pictures, times), Place(seconds=start, until=round(end, 6)))


def _alike(pictures: Iterator[NDArray[np.uint8]], count: int) -> NDArray[np.uint8]:
    """Pictures `(t, height, width, 3)`; one whose size has changed midway repeats the last good one."""
    first = next(pictures)
    made = np.empty((count, *first.shape), np.uint8)
    made[0] = first
    for i, picture in enumerate(pictures, 1):
        made[i] = picture if picture.shape == first.shape else made[i - 1]
    return made


def _bytes(frame: Any) -> int:
    return int(frame.width) * int(frame.height) * 3 // 2


def _capacity(frame: Any, wanted: int) -> int:
    """How many frames wait: four times as many as are wanted, or fewer where they are large."""
    return max(2, wanted, min(max(16, 4 * wanted), _HELD // max(1, _bytes(frame))))


def _smaller(frame: Any, wanted: int) -> Any:
    """A frame, scaled down where so many of its size are more than may wait."""
    share = _HELD / max(1, _bytes(frame) * wanted)
    if share >= 1 or wanted == 1:
        return frame
    side = share**0.5
    width, height = (max(16, int(edge * side) // 2 * 2) for edge in (frame.width, frame.height))
    return frame.reformat(width, height, interpolation="AREA")


def _small(frame: Any, size: int, scaler: VideoReformatter) -> NDArray[np.uint8]:
    """A frame `(height, width, 3)` whose longer edge is `size` at most, for the finder of cuts."""
    scale = max(1.0, max(frame.width, frame.height) / size)
    width, height = (max(1, round(edge / scale)) for edge in (frame.width, frame.height))
    made: Any = scaler.reformat(frame, width, height, "rgb24", interpolation="FAST_BILINEAR", threads=1).to_ndarray()
    small: NDArray[np.uint8] = made
    return small


def _picture(frame: Any, scaler: VideoReformatter) -> NDArray[np.uint8]:
    """A frame `(height, width, 3)`, RGB, turned as the container says."""
    made: Any = scaler.reformat(frame, format="rgb24", threads=1).to_ndarray()
    turns = round(frame.rotation / 90) % 4
    turned: NDArray[np.uint8] = np.ascontiguousarray(np.rot90(made, turns)) if turns else made
    return turned
