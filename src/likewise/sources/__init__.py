"""Where items come from: one kind of source per file, each a final subclass of `Source`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Found", "Source"]


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a source met; `size` in bytes, `mtime_ns` in nanoseconds since 1970.

    `id` names it in text and tells where it is from; `path` opens it, whatever bytes its name is made of. `reason` is
    "" where it can be read, else one of `likewise.formats.REASONS`, and `detail` says it in words. `folder` marks a
    directory that could not be listed.
    """

    id: str
    path: Path
    size: int = 0
    mtime_ns: int = 0
    reason: str = ""
    detail: str = ""
    folder: bool = False


class Source(ABC):
    """A place that gives files, one at a time, in the same order each time."""

    skipped: int
    """What was passed over on purpose so far: hidden files, links, folders of tools."""

    @abstractmethod
    def __iter__(self) -> Iterator[Found]:
        """The files; what cannot be reached is given too, with a reason, and never ends the walk."""
