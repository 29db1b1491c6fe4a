"""What cutting a sequence gives: its stretches, each with its place or its rows, and how alike its pieces are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from likewise.apps._normalized import normalized
from likewise.types import Place, Report, Vectors

__all__ = ["Segment", "Segments", "nearness"]


@final
@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one subject: where it stands, of how many pieces, and how alike these are (mean cosine with their
    mean; None where there are no vectors). Of texts also the piece in its middle and the words of it alone.

    `first` and `last` are the ids of its rows or passages, where it is of such; `item` is the file or item that it is a
    stretch of, where the source holds several.
    """

    place: Place
    pieces: int
    cohesion: float | None
    text: str = ""
    title: str = ""
    words: tuple[str, ...] = ()
    item: str = ""
    first: str = ""
    last: str = ""


@final
@dataclass(frozen=True, slots=True)
class Segments:
    """The stretches of a source in their order, how they were found, and what could not be encoded or read."""

    id: str
    segments: tuple[Segment, ...]
    way: str
    refused: tuple[Report, ...] = ()


def nearness(units: Vectors) -> Vectors:
    """The cosine of each unit vector `(n, dim)` with the mean of all `(n,)`."""
    near: Vectors = units @ normalized(units.mean(axis=0, keepdims=True))[0]
    return near
