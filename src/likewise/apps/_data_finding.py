"""What a look at data found: a finding for every question that was asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, final

from likewise.metrics._interval import Interval, wilson

__all__ = ["EXAMPLES", "Finding", "Level", "Trouble", "shared"]

Level = Literal["fine", "look", "mend"]
"""Nothing to do; worth a look; to be mended before anything is trained or judged."""
EXAMPLES: Final = 5


@final
@dataclass(frozen=True, slots=True)
class Trouble:
    """One row that a finding is about: its id, the other row (if two are at odds), their likeness, and why.

    `leave_out`: the data is better without this row; else it is for a person to decide.
    """

    id: str
    why: str
    other: str = ""
    score: float | None = None
    leave_out: bool = False


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question about the data: how grave, what was found in words, what to do, which rows.

    `share` is the part of the rows looked at that are concerned, with its 95 % interval for data of this kind; None
    where a share says nothing.
    """

    check: str
    level: Level
    what: str
    advice: str = ""
    share: Interval | None = None
    troubles: tuple[Trouble, ...] = ()


def shared(count: int, of: int) -> Interval:
    """A share of rows with its interval."""
    return wilson(count, of)
