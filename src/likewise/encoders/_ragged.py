"""Items to values whose size differs from item to item: token vectors, weights of words, scores of pairs.

The promises are those of `Encoder`: the caller's order, batches of bounded size, a report for every item, and failing
items that take nobody down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Generic, Literal, TypeVar, final, get_args

import numpy as np
from numpy.typing import NDArray

from likewise.encoders._batches import Batches, told
from likewise.encoders._items import check, named, slices
from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece
from likewise.types import Item, OnProgress, Progress, Report, Role

__all__ = ["Beyond", "Done", "Ragged", "finite"]

Value = TypeVar("Value")

Beyond = Literal["truncate", "error", "split"]
"""What happens to what one input of the network does not hold: cut off, refused, or given as further inputs."""

_CUT: Final[dict[str, Overflow]] = {"truncate": "truncate", "error": "error", "split": "mean"}
_WINDOW: Final = 256  # items held and sorted by length at a time
_POOL: Final = 1 << 16  # units waiting to be sorted by length


@final
@dataclass(frozen=True, slots=True)
class Done(Generic[Value]):
    """What became of one item; `value` is None where it failed."""

    value: Value | None
    report: Report


@final
class Ragged(Generic[Value]):
    """Gives a value for every item: `run` makes one for each piece, `join` one of those of an item, in their order.

    `run` is called from up to `lanes` threads at once with the contents of pieces and the role.
    """

    def __init__(
        self,
        cutter: Cutter,
        run: Callable[[Sequence[Any], Role], list[Value]],
        join: Callable[[list[Value]], Value],
        budget: int = 1024,
        lanes: int = 1,
    ) -> None:
        self.cutter = cutter
        self._run, self._join, self._budget, self._lanes = run, join, budget, lanes

    def all(
        self,
        items: Iterable[str | Item],
        role: Role,
        overflow: str = "truncate",
        batch_size: int | None = None,
        progress: OnProgress | None = None,
    ) -> list[Done[Value]]:
        """What became of every item, in order."""
        return list(chain.from_iterable(self.windows(items, role, overflow, batch_size, progress)))

    def windows(
        self,
        items: Iterable[str | Item],
        role: Role,
        overflow: str = "truncate",
        batch_size: int | None = None,
        progress: OnProgress | None = None,
    ) -> Iterator[list[Done[Value]]]:
        """The same for up to 256 items at a time. Raises InputError for arguments that cannot be meant."""
        check(items, role, batch_size, overflow, get_args(Beyond))
        total = len(items) if isinstance(items, Sized) else None
        batches = Batches(lambda contents: self._run(contents, role), self._budget, batch_size, self._lanes)
        return self._windows(items, role, overflow, batches, lambda done: _tell(progress, done, total))

    def _windows(
        self,
        items: Iterable[object],
        role: Role,
        overflow: str,
        batches: Batches[list[Value]],
        advance: Callable[[int], None],
    ) -> Iterator[list[Done[Value]]]:
        before = 0
        for some in slices(items, _WINDOW):
            known = [named(item, before + i, self.cutter.modalities) for i, item in enumerate(some)]
            good = [row for row, (_, _, wrong) in enumerate(known) if not wrong]
            cuts = dict(zip(good, self.cutter.cut([known[r][1] for r in good], role, _CUT[overflow]), strict=True))
            window = _Window(batches, len(some), lambda done, before=before: advance(before + done))  # type: ignore[misc]
            window.fill(cuts)
            before += len(some)
            advance(before)
            yield [
                self._done(name, Cut(error=wrong) if wrong else cuts[row], window, row)
                for row, (name, _, wrong) in enumerate(known)
            ]

    def _done(self, name: str, cut: Cut, window: _Window[Value], row: int) -> Done[Value]:
        error = cut.error or window.errors[row]
        outputs = [output for _, output in sorted(window.outputs[row].items())]
        if not error and not outputs:
            error = "nothing to encode was found in it"
        report = Report(name, cut.seen, 0 if error else cut.used, cut.truncated and not error, error, cut.note)
        return Done(None if error else self._join(outputs), report)


@final
class _Window(Generic[Value]):
    """Outputs of the pieces of some items, by item and by number of the piece."""

    def __init__(self, batches: Batches[list[Value]], size: int, advance: Callable[[int], None]) -> None:
        self.outputs: list[dict[int, Value]] = [{} for _ in range(size)]
        self.errors = [""] * size
        self._batches, self._advance = batches, advance
        self._owners: list[int] = []
        self._finished = 0

    def fill(self, cuts: dict[int, Cut]) -> None:
        pool: list[tuple[int, Piece]] = []
        units = 0
        for row, cut in cuts.items():
            for piece in self._pieces(row, cut):
                pool.append((len(self._owners), piece))
                self._owners.append(row)
                units += piece.size
                if units >= _POOL:
                    self._flush(pool)
                    pool, units = [], 0
        self._flush(pool)

    def _pieces(self, row: int, cut: Cut) -> Iterator[Piece]:
        try:
            yield from cut.pieces
        except Exception as error:
            self.errors[row] = told(error)

    def _flush(self, pool: list[tuple[int, Piece]]) -> None:
        for batch, outcome in self._batches.outcomes(pool):
            for i, (number, _) in enumerate(batch):
                row = self._owners[number]
                if isinstance(outcome, Exception):
                    self.errors[row] = self.errors[row] or told(outcome)
                else:
                    self._finished += not self.outputs[row]
                    self.outputs[row][number] = outcome[i]
            self._advance(self._finished)


def _tell(progress: OnProgress | None, done: int, total: int | None) -> None:
    if progress is not None:
        progress(Progress("encode", done, total, "items"))


def finite(values: NDArray[Any]) -> NDArray[Any]:
    """The values. Raises ValueError for NaN or infinity among them, so that their item fails."""
    if not np.isfinite(values).all():
        raise ValueError("the network gave NaN or infinity")
    return values
