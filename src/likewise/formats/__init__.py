"""One file format per file: bytes to parts of text or pieces of media, in a child process that can be killed.

    with Reader() as reader:
        for part in reader.read("report.pdf"):
            ...
        for piece in reader.view("film.mp4", {"image": preparer}, Plan(every=5)):
            ...

A new format is one new file here: a final subclass of `Format` and its name in `__all__`. Packages outside join by the
entry point `likewise.formats`. Every format is asked to recognise every file, so a leaf imports its heavy library
inside `read`, where only the one that reads pays for it. The calling process imports none of the leaves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from pathlib import PurePosixPath
from typing import BinaryIO, final

from likewise.errors import FormatError
from likewise.formats._kinds import Kind, kind_of, sense
from likewise.formats._limits import Limits
from likewise.formats._plan import Plan
from likewise.formats._reader import Document, Reader
from likewise.formats._reasons import REASONS
from likewise.formats._signatures import textual
from likewise.formats._zip import members
from likewise.types import Media, Part, Scalar

__all__ = [
    "REASONS",
    "Claim",
    "Document",
    "File",
    "Format",
    "Kind",
    "Limits",
    "Plan",
    "Reader",
    "Viewable",
    "Wordless",
    "kind_of",
]


class Claim(IntEnum):
    """How surely a format takes a file for its own; the highest claim reads it."""

    NO = 0
    TEXT = 1
    """It is text of some kind, and nobody knows better."""
    LOOKS = 2
    """The content looks like it, and the name says nothing else."""
    SUFFIX = 3
    """The name says so and the content allows it."""
    CONTENT = 4
    """The content says so, whatever the name."""


@dataclass(slots=False)
class File:
    """An open file as a format sees it: never its name, only the suffix (lower case, with the dot).

    A format writes what it learns into `metadata` and what it mended or left out into `warnings`, and calls `tick`
    in long work that gives no parts, as a sign of life.
    """

    handle: BinaryIO
    suffix: str
    size: int
    limits: Limits
    metadata: dict[str, Scalar] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    tick: Callable[[], None] = lambda: None

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB."""
        self.handle.seek(0)
        return self.handle.read(1 << 16)

    @cached_property
    def textual(self) -> bool:
        """Whether the first 64 KiB can be text in some encoding."""
        return textual(self.head)

    @cached_property
    def sense(self) -> Kind:
        """What kind of thing it holds, as `kind_of` tells it."""
        return sense(self.head, self.suffix)

    @cached_property
    def members(self) -> frozenset[str]:
        """Names inside a zip container, none for any other file. Raises FormatError for a damaged container."""
        return members(self.handle, self.limits) if self.head.startswith(b"PK\x03\x04") else frozenset()

    @property
    def language(self) -> str:
        """The suffix without its dot."""
        return PurePosixPath(self.suffix).name.lstrip(".")


class Format(ABC):
    """One file format. `name` is its kind, `suffixes` are lower case with the dot."""

    name: str
    suffixes: tuple[str, ...]

    @abstractmethod
    def claim(self, file: File) -> Claim:
        """How surely the file is of this format, told from `head`, `members`, `textual` and `suffix`."""

    @abstractmethod
    def read(self, file: File) -> Iterator[Part]:
        """Give the parts in reading order, one at a time; raise FormatError with a reason out of REASONS.

        What stands before a damaged place is given before the error is raised.
        """


class Viewable(Format):
    """A format that gives pictures, sounds or motions: `modalities`.

    One that is `on_request` is taken only for a file that the caller says is of its modality.
    """

    modalities: tuple[str, ...]
    on_request: bool = False

    @abstractmethod
    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:
        """Give the pieces of the `wanted` modalities in their order, decoded, one at a time, as the plan says.

        Never hold more than a few; raise FormatError as `read` does.
        """


class Wordless(Viewable):
    """A viewable format without text."""

    @final
    def read(self, file: File) -> Iterator[Part]:  # noqa: ARG002 nothing in it is text
        raise FormatError("unsupported", f"it holds {' and '.join(self.modalities)}, which is not text")
