"""Where the shots of a film end, found while its frames come in.

A hard cut is a difference between neighbours far over those around it, unless the picture of before comes back (a
flash). A shot also ends in black, and in a slow change between two calm stretches (twin comparison, Zhang et al. 1993).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cuts"]

_BLOCK: Final = 4  # pixels of a side that are averaged: a trembling hand moves less than that
_HARD: Final = 14.0  # levels of 255 by which neighbours differ at a cut, over luma and both chromas
_PEAK: Final = 3.0  # times the differences around it
_FLASH: Final = 3  # frames of a flash at most
_COLOURS: Final = 0.4  # the share of a picture that has other colours after a change of any kind
_CALM: Final = 0.7  # levels between neighbours of a picture that stands
_SLOW: Final = 22.0  # levels between before and after a slow change
_DETOUR: Final = 1.5  # times as long may the way be that it takes, frame by frame
_LONG: Final = 3.0  # seconds of a slow change at most
_BLACK: Final = 10.0  # the greatest mean luma of black,
_EVEN: Final = 0.3  # what it may brighten without having ended,
_SPECKS: Final = 0.03  # and the greatest share of it that may shine, as a name in a corner does
_AROUND: Final = 48  # differences remembered, by which the usual one is known,
_KNOWN: Final = 8  # and how many it takes

Levels = NDArray[np.float32]


@final
@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame: when it is shown, its levels `(rows, columns, 3)`, how far it is from the one before, whether black."""

    time: float
    levels: Levels
    step: float
    black: bool


@final
class Cuts:
    """Fed small frames in their order, it says when a new shot began: `DELAY` frames late.

    A slow change is told when it is over. Shots last `shortest` seconds at least. `SIZE` is a good longer edge of the
    frames, in pixels.
    """

    SIZE: Final = 96
    DELAY: Final = _FLASH

    def __init__(self, shortest: float = 0.4) -> None:
        self._shortest = shortest
        self._ahead: deque[_Seen] = deque()  # not judged yet: the first waits for those that may end a flash
        self._before: _Seen | None = None
        self._steps: deque[float] = deque(maxlen=_AROUND)
        self._recent: deque[float] = deque(maxlen=_FLASH)
        self._flash: _Seen | None = None  # the frame before a flash, whose picture comes back
        self._lasting = 0  # frames that the flash may still last
        self._last: float | None = None
        self._slow: _Seen | None = None  # the last calm frame before a change that goes on,
        self._moving: list[float] = []  # and its steps, which are not the usual ones unless it never ends
        self._entered = False  # whether a cut led into the black that stands,
        self._darkest: _Seen | None = None  # and the last of its darkest frames

    def feed(self, frame: NDArray[np.uint8], time: float) -> list[float]:
        """The times at which shots began, of which this frame `(height, width, 3)`, shown at `time`, made sure."""
        levels = _levels(frame)
        previous = self._ahead[-1] if self._ahead else self._before
        if previous is not None and previous.levels.shape != levels.shape:  # the film changes its size midway
            found = self.finish()
            self._before, self._last = None, time
            self._ahead.append(_Seen(time, levels, 0.0, _is_black(levels)))
            return [*found, time]
        step = 0.0 if previous is None else _distance(levels, previous.levels)
        self._ahead.append(_Seen(time, levels, step, _is_black(levels)))
        return self._judged() if len(self._ahead) > _FLASH else []

    def finish(self) -> list[float]:
        """Those that the last frames made sure, when no more come."""
        found = []
        while self._ahead:
            found += self._judged()
        return found

    def _judged(self) -> list[float]:
        now = self._ahead.popleft()
        before, self._before = self._before, now
        if self._last is None:
            self._last = now.time
        if before is None:
            return []
        jump, at = self._hard(before, now)
        self._lasting = max(0, self._lasting - 1)
        if jump:
            self._slow, self._moving = None, []
        elif not self._lasting:
            at = self._left_black(before, now) or self._slowly(before, now)
        if self._slow is None:
            self._steps.extend((*self._moving, now.step))
            self._moving = []
        if at is None or at - self._last < self._shortest:
            return []
        self._last = at
        return [at]

    def _hard(self, before: _Seen, now: _Seen) -> tuple[bool, float | None]:
        """Whether the picture jumps, and when a shot begins with that: not where a flash starts or ends."""
        around = [*self._recent, *(seen.step for seen in self._ahead)]
        usual = float(np.median(around)) if around else 0.0
        self._recent.append(now.step)
        if now.step < max(_HARD, _PEAK * usual):
            return False, None
        base, self._flash = self._flash if self._lasting else None, None
        if base is not None and _distance(now.levels, base.levels) < now.step / 2:
            return True, None
        if any(_distance(seen.levels, before.levels) < now.step / 2 for seen in self._ahead):
            self._flash, self._lasting = before, _FLASH + 2
            return True, None
        if not _recoloured(before.levels, now.levels):
            return False, None  # something near or quick
        self._entered = now.black
        return True, now.time

    def _left_black(self, before: _Seen, now: _Seen) -> float | None:
        """The end of black into which no cut led: where it begins to brighten."""
        if now.black:
            if self._darkest is None or _luma(now) <= _luma(self._darkest) + _EVEN:
                self._darkest = now
            return None
        darkest, self._darkest = self._darkest, None
        if darkest is None:
            return None
        entered, self._entered = self._entered, False
        self._slow = before  # what follows is a change from black, until it is calm
        return None if entered else darkest.time

    def _slowly(self, before: _Seen, now: _Seen) -> float | None:
        """The middle of a change from one calm stretch to another; to and from black is not one."""
        if len(self._steps) < _KNOWN:
            return None
        calm = max(_CALM, 3 * float(np.median(self._steps)))
        if now.step > calm and not now.black:
            self._slow = self._slow or before
            self._moving.append(now.step)
            if now.time - self._slow.time > _LONG:
                self._slow = None
            return None
        start, self._slow, way, self._moving = self._slow, None, sum(self._moving), []
        if start is None or start.black or now.black:
            return None
        apart = _distance(now.levels, start.levels)
        # what moves inside of a shot goes round about, and keeps its colours
        straight = apart > _SLOW and way < _DETOUR * apart
        return (start.time + now.time) / 2 if straight and _recoloured(start.levels, now.levels) else None


def _levels(frame: NDArray[np.uint8]) -> Levels:
    """Means of luma and both chromas over blocks of a frame (BT.601)."""
    height, width = (max(edge // _BLOCK, 1) for edge in frame.shape[:2])
    tall, wide = (max(edge // count, 1) for edge, count in zip(frame.shape[:2], (height, width), strict=True))
    cut = frame[: height * tall, : width * wide].reshape(height, tall, width, wide, 3)
    red, green, blue = np.moveaxis(cut.mean(axis=(1, 3), dtype=np.float32), -1, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return np.stack([luma, 0.564 * (blue - luma), 0.713 * (red - luma)], axis=-1)


def _distance(a: Levels, b: Levels) -> float:
    """How far two frames are from each other, in levels."""
    return float(np.abs(a - b).mean(axis=(0, 1)).sum())


def _recoloured(a: Levels, b: Levels) -> bool:
    """Whether so many blocks of two frames have other colours, wherever they are."""
    edges = [np.linspace(0, 256, 9), *[np.linspace(-128, 128, 17)] * 2]
    first, second = (np.histogramdd(levels.reshape(-1, 3), edges)[0] for levels in (a, b))
    return bool(np.abs(first - second).sum() / 2 > _COLOURS * first.sum())


def _luma(seen: _Seen) -> float:
    return float(seen.levels[..., 0].mean())


def _is_black(levels: Levels) -> bool:
    luma = levels[..., 0]
    return bool(luma.mean() < _BLACK and (luma > 2 * _BLACK).mean() <= _SPECKS)
