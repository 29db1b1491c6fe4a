"""Pieces through a network: batches by length, bounded by units, several at once; failing pieces are isolated."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar, final

from likewise.encoders._pieces import Piece

__all__ = ["Batches", "Waiting", "told"]

Output = TypeVar("Output")

Waiting = tuple[int, Piece]
"""A piece and whose it is."""


@final
@dataclass(frozen=True, slots=True)
class Batches(Generic[Output]):
    """Runs pieces in batches of up to `budget` units (padding counted) and, unless None, `most` pieces.

    `run` gives the outputs of the contents of a batch, in their order; it is called from `lanes` threads at once.
    """

    run: Callable[[Sequence[Any]], Output]
    budget: int
    most: int | None = None
    lanes: int = 1

    def outcomes(self, pool: list[Waiting]) -> Iterator[tuple[list[Waiting], Output | Exception]]:
        """What became of every piece, longest first; what fails is halved until an exception has one piece alone."""
        for batch, outcome in self._started(list(self._cut(sorted(pool, key=lambda waiting: -waiting[1].size)))):
            yield from self._settled(batch, outcome)

    def _cut(self, pool: list[Waiting]) -> Iterator[list[Waiting]]:
        start = 0
        while start < len(pool):
            count = max(1, self.budget // max(1, pool[start][1].size))
            count = min(count, self.most) if self.most else count
            yield pool[start : start + count]
            start += count

    def _started(self, batches: list[list[Waiting]]) -> Iterator[tuple[list[Waiting], Output | Exception]]:
        """What came of every batch, in order; several run at once, few are waiting."""
        if self.lanes == 1 or len(batches) < 2:
            yield from ((batch, self._attempt(batch)) for batch in batches)
            return
        with ThreadPoolExecutor(self.lanes) as lanes:
            started = ((batch, lanes.submit(self._attempt, batch)) for batch in batches)
            going = deque(islice(started, 2 * self.lanes))
            while going:
                batch, future = going.popleft()
                outcome = future.result()
                going.extend(islice(started, 1))
                yield batch, outcome

    def _attempt(self, batch: list[Waiting]) -> Output | Exception:
        try:
            return self.run([piece.content for _, piece in batch])
        except Exception as error:
            return error

    def _settled(
        self, batch: list[Waiting], outcome: Output | Exception
    ) -> Iterator[tuple[list[Waiting], Output | Exception]]:
        if not isinstance(outcome, Exception) or len(batch) == 1:
            yield batch, outcome
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            yield from self._settled(half, self._attempt(half))


def told(error: Exception) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
