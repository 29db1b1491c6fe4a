"""What one run did, counted by source: a clip that goes to several shelves counts once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Literal, final

from likewise.collection.results import OnProgress, Progress, Receipt, Refusal
from likewise.types import Report

__all__ = ["Outcome", "Tally"]

Outcome = Literal["added", "changed", "unchanged", "refused"]
"""What became of a source on one shelf."""


@final
class Tally:
    """Counts, refusals and progress of one run over all shelves; `receipt` sums them up.

    A draft is held until it is durable or dropped: a source is acknowledged when none of its drafts is held any more.
    """

    def __init__(self, progress: OnProgress | None) -> None:
        self.total: int | None = None
        self.skipped = self.removed = 0
        self.passages = self.encoded = self.reused = 0
        self.truncated: list[Report] = []
        self._progress = progress
        self._started = time.monotonic()
        self._done = 0
        self._counts: Counter[str] = Counter()
        self._held: dict[str, int] = {}
        self._refused: list[Refusal] = []
        self._warnings: list[Refusal] = []

    def count(self, outcomes: Iterable[Outcome]) -> None:
        """One source is through; it was refused only if every shelf refused it, and that stands in `refused`."""
        known = set(outcomes) - {"refused"}
        if known:
            self._counts[known.pop() if len(known) == 1 else "changed"] += 1

    def refuse(self, refusal: Refusal) -> None:
        """Report a source that is not taken in."""
        self._refused.append(refusal)

    def warn(self, warning: Refusal) -> None:
        """Report something that concerns a source which is taken in."""
        self._warnings.append(warning)

    def hold(self, id_: str) -> None:
        """A draft of a source is begun."""
        self._held[id_] = self._held.get(id_, 0) + 1

    def release(self, id_: str) -> bool:
        """A draft of a source has ended; true if it was the last one."""
        left = self._held.pop(id_) - 1
        if left:
            self._held[id_] = left
        return not left

    def advance(self, amount: int) -> None:
        """Work done, in the unit of `total`, for the progress bar."""
        self._done += amount
        self.tell()

    def tell(self, kept: tuple[str, ...] = ()) -> None:
        """Let the caller know where the run stands and what is durable since."""
        if self._progress is not None:
            unit = "items" if self.total is None else "B"
            done = self._counts.total() if self.total is None else self._done
            self._progress(Progress("add", done, self.total, unit, kept))

    def receipt(self) -> Receipt:
        """The sum of the run."""
        return Receipt(
            self._counts["added"],
            self._counts["changed"],
            self._counts["unchanged"],
            self.removed,
            self.passages,
            self.encoded,
            self.reused,
            self.skipped,
            tuple(self._refused),
            tuple(self._warnings),
            tuple(self.truncated),
            time.monotonic() - self._started,
        )
