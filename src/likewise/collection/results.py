"""What a collection tells about its work: frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from likewise.types import OnProgress, Progress, Report, Space

__all__ = ["Entry", "OnProgress", "Progress", "Receipt", "Refusal", "ShelfStatus", "Status", "Verdict"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A source that was not, or not wholly, taken in: a stable reason code and the details."""

    source: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one `add` or `sync` did; every source stands in exactly one of the first four counts or in `refused`.

    `added`, `changed`, `unchanged` and `removed` count items, `passages` the pieces now kept of the added and changed
    ones; of their texts `encoded` were computed and `reused` came from the cache. `warnings` concern items that were
    taken in, in part or with something mended; `skipped` counts the files passed over as junk (hidden, .git ...).
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    encoded: int = 0
    reused: int = 0
    skipped: int = 0
    refused: tuple[Refusal, ...] = ()
    warnings: tuple[Refusal, ...] = ()
    truncated: tuple[Report, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a collection; `state` is kept or refused, `size` is in bytes, `modified` an ISO date and time."""

    id: str
    kind: str
    state: str
    reason: str
    passages: int
    size: int
    modified: str


@dataclass(frozen=True, slots=True)
class ShelfStatus:
    """One space of a collection: its name, which modalities go to it, the model, and how much lies there."""

    name: str
    modalities: tuple[str, ...]
    model: str
    space: Space | None
    items: int
    passages: int
    vectors: int


@dataclass(frozen=True, slots=True)
class Status:
    """A collection at a glance; `disk` and `index_disk` are in bytes, `kept_as` tells what the vectors are kept as.

    `model` and `space` are those of texts; `shelves` tells of every space, that of texts first.
    """

    path: str
    model: str
    space: Space | None
    items: int
    passages: int
    vectors: int
    refused: int
    roots: tuple[str, ...]
    kinds: tuple[tuple[str, int], ...]
    disk: int
    index_disk: int
    index_fresh: bool
    writer: str
    kept_as: str = "float32"
    shelves: tuple[ShelfStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found and mended; `ok` is true when nothing is left that is wrong.

    `outdated` counts files that changed or vanished since they were read, which is no fault: `sync` brings them in.
    """

    items: int
    passages: int
    vectors: int
    outdated: int
    problems: tuple[str, ...]
    repaired: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return len(self.repaired) == len(self.problems)
