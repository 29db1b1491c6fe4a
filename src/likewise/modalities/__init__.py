"""One content kind per file: how it is cut into pieces that an encoder holds, and made ready for a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from numpy.typing import NDArray

from likewise.modalities._blocks import blocks
from likewise.modalities._sentences import sentences

__all__ = ["Array", "Prepared", "Preparer", "blocks", "sentences"]

Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a `Preparer` made of a content beforehand, as in the child process that decoded it."""

    array: Array


class Preparer(ABC):
    """One content kind made ready as one model wants it: the resizing, cropping, resampling, scaling of its makers.

    A leaf is a frozen dataclass whose fields are numbers, strings, booleans and tuples of them, so that it can be sent
    to the child process that decodes files, and stands in the fingerprint of the space.
    """

    @abstractmethod
    def prepare(self, content: Any) -> Array:
        """What is kept of one content until its batch comes, as small as it can be (uint8 where that loses nothing).

        Content is as `likewise.types.Media` says. Raises InputError, in words for its owner, for what cannot be used.
        """

    @abstractmethod
    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        """The inputs of the tower for a batch: float32 (or int32) arrays whose first axis counts items."""

    def windows(self, content: Any) -> Sequence[Any]:
        """The content in parts that one input holds whole, in their order: itself where one input holds all of it.

        A sound that is longer than an input is cut; whoever prepares only the first part reports the rest as left out.
        """
        return (content,)

    def span(self) -> float:
        """How many seconds of sound one input holds; 0 where time has no part in it, or a plan says it."""
        return 0.0

    def size(self, prepared: Array, units: int) -> int:  # noqa: ARG002 the default does not look
        """What a prepared content costs in a batch: the `units` of its tower unless lengths differ."""
        return units

    def frames_of(self, seconds: float) -> int:  # noqa: ARG002 the default does not look
        """How many frames of a clip so long it looks at or chooses among; 0 where it takes what comes."""
        return 0
