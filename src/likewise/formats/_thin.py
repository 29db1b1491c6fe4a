"""A few things, evenly spaced in time, out of many that come one after the other."""

from __future__ import annotations

from typing import Generic, TypeVar, final

__all__ = ["Thin"]

T = TypeVar("T")


@final
class Thin(Generic[T]):
    """Keeps every nth of what comes, `most` at most; n doubles whenever they are too many."""

    def __init__(self, most: int) -> None:
        self._most = max(2, most)
        self._kept: list[tuple[float, T]] = []
        self._stride = 1
        self._count = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def wants(self) -> bool:
        """Whether the next one would be kept."""
        return self._count % self._stride == 0

    def offer(self, time: float, thing: T) -> None:
        """The next one; `wants` said whether it is worth making."""
        if self.wants:
            if len(self._kept) == self._most:
                self._kept = self._kept[::2]
                self._stride *= 2
            if self.wants:
                self._kept.append((time, thing))
        self._count += 1

    def split(self, time: float) -> Thin[T]:
        """Those from a time on, which are no longer here."""
        later: Thin[T] = Thin(self._most)
        later._kept = [pair for pair in self._kept if pair[0] >= time]
        later._stride, later._count = self._stride, len(later._kept) * self._stride
        self._kept = [pair for pair in self._kept if pair[0] < time]
        return later

    def pick(self, count: int, start: float, end: float) -> list[tuple[float, T]]:
        """Up to `count` of them, each the nearest to the middle of one of so many equal parts of the time."""
        at = [start + (part + 0.5) * (end - start) / count for part in range(count)]
        rows = {min(range(len(self._kept)), key=lambda i: abs(self._kept[i][0] - when)) for when in at if self._kept}
        return [self._kept[row] for row in sorted(rows)]
