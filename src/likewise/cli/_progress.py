"""Progress bars on stderr: stage, count, rate and time left."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, final

from tqdm import tqdm

if TYPE_CHECKING:
    from likewise.types import Progress

__all__ = ["Bars"]


@final
class Bars:
    """One bar for every stage, closed when the next begins; also the callable that `progress=` wants."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: Any = None

    def __call__(self, progress: Progress) -> None:
        self.show(progress.stage, progress.done, progress.total, progress.unit)

    def show(self, stage: str, done: int, total: int | None, unit: str) -> None:
        """Move the bar of a stage to `done` of `total` units."""
        if self._bar is None or stage != self._stage:
            self.close()
            self._stage = stage
            large = unit == "B"
            self._bar = tqdm(
                desc=stage,
                total=total,
                unit=unit if large else f" {unit}",
                unit_scale=large,
                file=sys.stderr,
                dynamic_ncols=True,
                leave=False,
            )
        if total is not None:
            self._bar.total = max(total, done)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Take the bar away; results follow."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
