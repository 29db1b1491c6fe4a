"""Long recordings as windows that share some of their samples, while they come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import FormatError
from likewise.formats import File, Plan
from likewise.types import Media, Motion, Place, Sound

__all__ = ["Mono", "Windows"]

Samples = NDArray[np.float32]

_LEAST = 0.05
"""Seconds of a last window that is worth keeping beside others."""


@final
class Windows:
    """Cuts what is fed into windows of one length, holding two of them; `axes` is 0 for sounds.

    The last window reaches back so that it is as long as the others; only what is shorter than one stays so.
    """

    def __init__(self, plan: Plan, rate: float, axes: int = 0) -> None:
        self.rate = rate
        self._size = max(1, round(plan.window * rate))
        self._step = max(1, self._size - round(plan.overlap * rate))
        self._axes = axes
        self.begin(0.0)

    @property
    def end(self) -> float:
        """Seconds up to where it was fed."""
        return self._offset + self._fed / self.rate

    def begin(self, seconds: float) -> None:
        """What comes next begins at a time of the recording."""
        self._offset, self._fed = seconds, 0
        self._held: list[Samples] = []  # what is not in a window yet, and what the next one shares with the last
        self._count = 0
        self._last: Samples | None = None

    def feed(self, samples: Samples) -> Iterator[Media]:
        """The windows that are full with these samples `(n,)`, or `(n, axes)`."""
        self._held.append(samples)
        self._count += len(samples)
        self._fed += len(samples)
        if self._count < self._size:
            return
        held, at = np.concatenate(self._held), 0
        while len(held) - at >= self._size:
            self._last = held[at : at + self._size]
            yield self._window(self._last, self._fed - len(held) + at)
            at += self._step
        rest = held[at:].copy()
        self._held, self._count = [rest], len(rest)

    def finish(self) -> Iterator[Media]:
        """The last window, where it holds something new."""
        fresh = self._count if self._last is None else self._count - (self._size - self._step)
        if fresh <= 0 or (self._last is not None and fresh < _LEAST * self.rate):
            return
        held = np.concatenate(self._held)
        if self._last is not None:
            held = np.concatenate((self._last, held[len(held) - fresh :]))[-self._size :]
        yield self._window(held, self._fed - len(held))

    def _window(self, samples: Samples, at: int) -> Media:
        start = self._offset + at / self.rate
        place = Place(seconds=round(start, 6), until=round(start + len(samples) / self.rate, 6))
        if self._axes:
            return Media("motion", Motion(np.ascontiguousarray(samples), self.rate), place)
        return Media("audio", Sound(np.ascontiguousarray(samples), int(self.rate)), place)


@final
class Mono:
    """Makes one channel of any number, from -1 to 1, and counts what had to be mended."""

    def __init__(self) -> None:
        self._total = self._strange = self._loud = 0

    def take(self, block: NDArray[Any]) -> Samples:
        """A block `(n, channels)` as `(n,)`: the mean of the channels."""
        self._total += block.size
        finite = np.isfinite(block)
        if not finite.all():
            self._strange += block.size - int(finite.sum())
            block = np.where(finite, block, 0.0)
        samples = np.asarray(block, np.float64).mean(axis=1)
        over = int((np.abs(samples) > 1).sum())
        self._loud += over
        made: Samples = (np.clip(samples, -1.0, 1.0) if over else samples).astype(np.float32)
        return made

    def tell(self, file: File) -> None:
        """Write down what was mended. Raises FormatError where there was nothing to hear."""
        if not self._total:
            raise FormatError("no_content", "it holds no samples of sound")
        if self._strange == self._total:
            raise FormatError("damaged", "none of its samples is a number")
        if self._strange:
            said = f"{self._strange:,} of its {self._total:,} samples are no numbers, and were taken for silence"
            file.warnings.append(said)
        if self._loud:
            file.warnings.append(f"{self._loud:,} samples are louder than full scale, and were cut off there")
