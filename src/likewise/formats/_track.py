"""The sound of a container as windows, while its packets come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import File, Plan
from likewise.formats._windows import Mono, Windows
from likewise.types import Media

__all__ = ["Track"]

_GAP = 0.5
"""Seconds by which times may jump before a new window is begun."""
_RATES = (100, 1_000_000)


@final
class Track:
    """Frames of sound, decoded, to windows of one channel; times count from the beginning of the container."""

    def __init__(self, plan: Plan, file: File, offset: float) -> None:
        self._plan, self._file, self._offset = plan, file, offset
        self._mono = Mono()
        self._windows: Windows | None = None
        self._key: tuple[str, str, int] = ("", "", 0)
        self._resampler: Any = None

    def feed(self, frames: list[Any]) -> Iterator[Media]:
        """The windows that are full with these frames."""
        for frame in frames:
            yield from self._begin(frame)
            yield from self._take(frame)

    def finish(self) -> Iterator[Media]:
        """The last window; tells what was mended. Raises FormatError where there was nothing to hear."""
        yield from self._end()
        self._mono.tell(self._file)

    def _end(self) -> Iterator[Media]:
        if self._windows is not None:
            yield from self._take(None)
            yield from self._windows.finish()

    def _begin(self, frame: Any) -> Iterator[Media]:
        """Start, or start anew where the times jump or the kind of sound changes."""
        import av

        key = frame.format.name, frame.layout.name, frame.sample_rate
        at = None if frame.time is None else max(0.0, frame.time - self._offset)
        if key != self._key:
            if not _RATES[0] <= frame.sample_rate <= _RATES[1]:
                raise FormatError("damaged", f"its sound has {frame.sample_rate:,} samples a second")
            yield from self._end()
            self._key, before = key, self._windows.end if self._windows else 0.0
            self._resampler = av.AudioResampler("fltp", frame.layout, frame.sample_rate)
            self._windows = Windows(self._plan, frame.sample_rate)
            self._windows.begin(before if at is None else at)
        elif self._windows is not None and at is not None and abs(at - self._windows.end) > _GAP:
            yield from self._windows.finish()
            self._windows.begin(at)

    def _take(self, frame: Any) -> Iterator[Media]:
        if self._windows is None:
            return
        for made in self._resampler.resample(frame):
            yield from self._windows.feed(self._mono.take(made.to_ndarray().T))
