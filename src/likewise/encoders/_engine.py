"""A window of items through a network: batches by length, bounded by units; failing pieces are isolated."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, final

import numpy as np

from likewise.encoders._pieces import Cut, Piece
from likewise.types import Report, Vectors

__all__ = ["Window"]

Run = Callable[[Sequence[Any]], Vectors]

_POOL = 1 << 18  # units waiting to be sorted by length


_Waiting = tuple[int, Piece]
"""A piece and the row of its item."""

_Outcome = Vectors | Exception


@final
class Window:
    """Vectors and facts of n items, filled batch by batch; the vector of an item is the mean over its pieces."""

    def __init__(self, size: int, dim: int, normalize: bool, budget: int, most: int | None, lanes: int = 1) -> None:
        self._sums = np.zeros((size, dim))
        self._weights = np.zeros(size)
        self._parts = np.zeros(size, dtype=np.int64)
        self._open = np.ones(size, dtype=np.int64)
        self._errors = [""] * size
        self._normalize, self._budget, self._most, self._lanes = normalize, budget, most, lanes

    def fill(self, cuts: Iterator[tuple[int, Cut]], run: Run, advance: Callable[[int], None]) -> dict[int, Cut]:
        """Run the pieces of (row, cut) pairs and give the cuts back by row; `advance` hears how many rows are done."""
        done: dict[int, Cut] = {}
        pool: list[_Waiting] = []
        units = 0
        for row, cut in cuts:
            done[row] = cut
            for piece in self._pieces(row, cut):
                pool.append((row, piece))
                self._open[row] += 1
                units += piece.size
                if units >= _POOL:
                    self._flush(pool, run, advance)
                    pool, units = [], 0
            self._open[row] -= 1
        self._flush(pool, run, advance)
        return done

    def _pieces(self, row: int, cut: Cut) -> Iterator[Piece]:
        try:
            yield from cut.pieces
        except Exception as error:
            self._errors[row] = _told(error)

    def _flush(self, pool: list[_Waiting], run: Run, advance: Callable[[int], None]) -> None:
        pool.sort(key=lambda waiting: -waiting[1].size)
        for batch, outcome in self._outcomes(list(self._batches(pool)), run):
            self._settle(batch, outcome, run)
            advance(int(np.count_nonzero(self._open == 0)))

    def _batches(self, pool: list[_Waiting]) -> Iterator[list[_Waiting]]:
        start = 0
        while start < len(pool):
            count = max(1, self._budget // max(1, pool[start][1].size))
            yield pool[start : start + (min(count, self._most) if self._most else count)]
            start += min(count, self._most) if self._most else count

    def _outcomes(self, batches: list[list[_Waiting]], run: Run) -> Iterator[tuple[list[_Waiting], _Outcome]]:
        """What became of every batch, in order; several run at once, few are waiting."""
        if self._lanes == 1 or len(batches) < 2:
            yield from ((batch, self._attempt(batch, run)) for batch in batches)
            return
        with ThreadPoolExecutor(self._lanes) as lanes:
            started = ((batch, lanes.submit(self._attempt, batch, run)) for batch in batches)
            going = deque(islice(started, 2 * self._lanes))
            while going:
                batch, future = going.popleft()
                outcome = future.result()
                going.extend(islice(started, 1))
                yield batch, outcome

    def _attempt(self, batch: list[_Waiting], run: Run) -> _Outcome:
        try:
            vectors = run([piece.content for _, piece in batch])
        except Exception as error:
            return error
        wanted = (len(batch), self._sums.shape[1])
        if vectors.shape != wanted:
            return ValueError(f"the network gave vectors {vectors.shape}, wanted {wanted}")
        return vectors

    def _settle(self, batch: list[_Waiting], outcome: _Outcome, run: Run) -> None:
        if not isinstance(outcome, Exception):
            self._take(batch, outcome)
        elif len(batch) == 1:
            self._fail(batch[0][0], _told(outcome))
        else:
            middle = len(batch) // 2
            for half in (batch[:middle], batch[middle:]):
                self._settle(half, self._attempt(half, run), run)

    def _fail(self, row: int, why: str) -> None:
        self._errors[row] = self._errors[row] or why
        self._open[row] -= 1

    def _take(self, batch: list[_Waiting], vectors: Vectors) -> None:
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            for i in np.flatnonzero(~finite):
                self._fail(batch[i][0], "the network gave NaN or infinity")
            batch, vectors = [batch[i] for i in np.flatnonzero(finite)], vectors[finite]
        rows = np.array([row for row, _ in batch], dtype=np.int64)
        weights = np.array([piece.weight for _, piece in batch], dtype=np.float64)
        # in float64 the mean of a single piece is exactly that piece
        weighted = vectors * weights[:, None]
        if len(set(rows.tolist())) == len(rows):
            self._sums[rows] += weighted
        else:  # several pieces of one item: addition by index would keep one of them
            np.add.at(self._sums, rows, weighted)
        np.add.at(self._weights, rows, weights)
        np.add.at(self._parts, rows, 1)
        np.subtract.at(self._open, rows, 1)

    def vectors(self, failed: Sequence[bool]) -> Vectors:
        """Vectors `(n, dim)` float32; NaN where an item failed."""
        means = self._sums / np.maximum(self._weights, 1e-12)[:, None]
        if self._normalize:
            several = self._parts > 1
            means[several] /= np.maximum(np.linalg.norm(means[several], axis=1, keepdims=True), 1e-12)
        means[np.asarray(failed, dtype=bool)] = np.nan
        return means.astype(np.float32)

    def report(self, row: int, name: str, cut: Cut) -> Report:
        error = cut.error or self._errors[row]
        if not error and not self._parts[row]:
            error = "nothing to encode was found in it"
        used = 0 if error else cut.used
        return Report(name, cut.seen, used, truncated=cut.truncated and not error, error=error, note=cut.note)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
