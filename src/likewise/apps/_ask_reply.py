"""What `ask` answers: statements with the numbers of their sources, or why there is no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from likewise.types import Hit

__all__ = ["Reply", "Source", "Statement"]


@final
@dataclass(frozen=True, slots=True)
class Source:
    """A passage that was read: its number, how far it supports an answer, an address that opens it at its place.

    `instructions` are the passages in it that read as instructions to a machine: they are never followed, and never
    quoted.
    """

    number: int
    hit: Hit
    support: float
    link: str
    instructions: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the answer and the numbers of the sources that it rests on; none where a generator named none."""

    text: str
    sources: tuple[int, ...]

    def __str__(self) -> str:
        return self.text + "".join(f" [{number}]" for number in self.sources)


@final
@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `statements` in their order, all `sources` that were read, how it was made (`way`).

    Without an answer `statements` is empty and `why` says why. `support` is that of the best source, `cut` what it had
    to reach, `probability` that the sources hold the answer (None: no threshold was learned for this collection).
    `notes` tells what else is to be known, such as sources that a generator named and that do not exist.
    """

    question: str
    statements: tuple[Statement, ...]
    sources: tuple[Source, ...]
    way: str
    support: float
    cut: float
    probability: float | None = None
    why: str = ""
    notes: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        return bool(self.statements)

    @property
    def text(self) -> str:
        """The answer with its numbers, or why there is none."""
        return " ".join(map(str, self.statements)) or self.why

    @property
    def cited(self) -> tuple[Source, ...]:
        """The sources that the answer rests on."""
        numbers = {number for statement in self.statements for number in statement.sources}
        return tuple(source for source in self.sources if source.number in numbers)
