"""How an item becomes pieces that one input of a network holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

from likewise.types import Role

__all__ = ["Cut", "Cutter", "Overflow", "Piece", "Whole"]

Overflow = Literal["truncate", "error", "mean"]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one input holds: `size` units in the batch, `weight` units of content for an average over pieces."""

    content: Any
    size: int = 1
    weight: int = 1


@dataclass(slots=True)
class Cut:
    """One item on its way: its pieces, made while they are asked for, and the facts, complete when they end."""

    pieces: Iterable[Piece] = ()
    seen: int = 0
    used: int = 0
    truncated: bool = False
    error: str = ""
    note: str = ""


class Cutter(ABC):
    """Cuts contents into pieces and counts their units."""

    @property
    @abstractmethod
    def modalities(self) -> tuple[str, ...]:
        """The modalities of the items that it takes."""

    @abstractmethod
    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:
        """One cut for every content, in order; what cannot be used carries an error and never raises.

        A cutter of several modalities is given an `Item` itself in place of its content.
        """

    @abstractmethod
    def count(self, contents: Sequence[Any]) -> list[int]:
        """Units of content in each, without any limit."""

    @abstractmethod
    def capacity(self, role: Role) -> int:
        """Units of content that one piece holds."""


@final
class Whole(Cutter):
    """Every item is one piece of one unit, whatever its size."""

    def __init__(self, *modalities: str) -> None:
        self._modalities = modalities or ("text",)

    @property
    def modalities(self) -> tuple[str, ...]:
        return self._modalities

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:  # noqa: ARG002 the contract's
        for content in contents:
            yield Cut(error="content is None") if content is None else Cut([Piece(content)], seen=1, used=1)

    def count(self, contents: Sequence[Any]) -> list[int]:
        return [1] * len(contents)

    def capacity(self, role: Role) -> int:  # noqa: ARG002 the contract's
        return 1
