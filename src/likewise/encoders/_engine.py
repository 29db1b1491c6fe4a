"""A window of items through a network: one vector for each, the mean over its pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, final

import numpy as np

from likewise.encoders._batches import Batches, Waiting, told
from likewise.encoders._pieces import Cut, Piece
from likewise.types import Report, Vectors

__all__ = ["POOL", "Window"]

Run = Callable[[Sequence[Any]], Vectors]

POOL: Final = 1 << 18
"""Units waiting to be sorted by length."""


@final
class Window:
    """Vectors and facts of n items, filled batch by batch; the vector of an item is the mean over its pieces."""

    def __init__(
        self, size: int, dim: int, normalize: bool, budget: int, most: int | None, lanes: int = 1, pool: int = POOL
    ) -> None:
        self._sums = np.zeros((size, dim))
        self._weights = np.zeros(size)
        self._parts = np.zeros(size, dtype=np.int64)
        self._open = np.ones(size, dtype=np.int64)
        self._errors = [""] * size
        self._normalize, self._budget, self._most, self._lanes, self._pool = normalize, budget, most, lanes, pool

    def fill(self, cuts: Iterator[tuple[int, Cut]], run: Run, advance: Callable[[int], None]) -> dict[int, Cut]:
        """Run the pieces of (row, cut) pairs and give the cuts back by row; `advance` hears how many rows are done."""
        done: dict[int, Cut] = {}
        pool: list[Waiting] = []
        units = 0
        for row, cut in cuts:
            done[row] = cut
            for piece in self._pieces(row, cut):
                pool.append((row, piece))
                self._open[row] += 1
                units += piece.size
                if units >= self._pool:
                    self._flush(pool, run, advance)
                    pool, units = [], 0
            self._open[row] -= 1
        self._flush(pool, run, advance)
        return done

    def _pieces(self, row: int, cut: Cut) -> Iterator[Piece]:
        try:
            yield from cut.pieces
        except Exception as error:
            self._errors[row] = told(error)

    def _flush(self, pool: list[Waiting], run: Run, advance: Callable[[int], None]) -> None:
        batches = Batches(lambda contents: self._checked(contents, run), self._budget, self._most, self._lanes)
        for batch, outcome in batches.outcomes(pool):
            if isinstance(outcome, Exception):
                self._fail(batch[0][0], told(outcome))
            else:
                self._take(batch, outcome)
            advance(int(np.count_nonzero(self._open == 0)))

    def _checked(self, contents: Sequence[Any], run: Run) -> Vectors:
        vectors = run(contents)
        wanted = (len(contents), self._sums.shape[1])
        if vectors.shape != wanted:
            raise ValueError(f"the network gave vectors {vectors.shape}, wanted {wanted}")
        return vectors

    def _fail(self, row: int, why: str) -> None:
        self._errors[row] = self._errors[row] or why
        self._open[row] -= 1

    def _take(self, batch: list[Waiting], vectors: Vectors) -> None:
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
