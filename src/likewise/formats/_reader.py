"""Files to documents through a child process: what the child cannot survive costs one file, never the caller."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Generic, Self, TypeVar, final

from likewise.formats._limits import Limits
from likewise.formats._plan import Plan
from likewise.formats._talk import Talk
from likewise.formats._wanted import wanted
from likewise.formats._worker import Worker
from likewise.types import Media, Metadata, Part

if TYPE_CHECKING:
    from likewise.modalities import Preparer

__all__ = ["Document", "Reader"]

Piece = TypeVar("Piece")


@final
class Document(Generic[Piece]):
    """One file being read: iterate it once for its pieces, parts of a text or media.

    `kind` is known at once; `metadata`, `warnings` and `digest` (sha256 of the file's bytes, in hexadecimal) are whole
    after the last piece, also where it ends in FormatError.
    """

    def __init__(self, talk: Talk, pieces: Iterator[Piece]) -> None:
        self._talk = talk
        self._pieces = pieces

    def __iter__(self) -> Iterator[Piece]:
        return self._pieces

    @property
    def kind(self) -> str:
        return self._talk.kind

    @property
    def metadata(self) -> Metadata:
        return self._talk.metadata

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self._talk.warnings)

    @property
    def digest(self) -> str:
        return self._talk.digest


@final
class Reader:
    """Reads one file after the other in a child process, started at the first file and replaced when it is lost.

    One file at a time: reading the next one gives up the one before. `formats` names modules of further formats.
    """

    def __init__(self, limits: Limits | None = None, *, formats: tuple[str, ...] = ()) -> None:
        self.limits = limits or Limits()
        self.formats = formats
        self._worker = Worker(self.limits.memory, self.limits.files, formats)
        self._talk: Talk | None = None

    def read(self, path: str | PathLike[str]) -> Document[Part]:
        """Open a file for its text and find its format. Raises FormatError, here or while the document is iterated."""
        talk = self._start(path, None)
        return Document(talk, talk.parts())

    def view(
        self,
        path: str | PathLike[str],
        preparers: Mapping[str, Preparer] | None = None,
        plan: Plan | None = None,
    ) -> Document[Media]:
        """Open a file for its pictures, sounds or motions, cut into pieces as the plan says.

        `preparers` (by modality) say what is wanted and make it ready where it is decoded, in the child: their modality
        is given as what `prepare` makes, others are left out. Without them everything is given decoded, as
        `likewise.types.Media` says. Raises FormatError, here or while the document is iterated, and InputError for a
        preparer that is no member of `likewise.modalities`.
        """
        talk = self._start(path, wanted(os.fspath(path), preparers or {}, plan or Plan()))
        return Document(talk, talk.pieces())

    def _start(self, path: str | PathLike[str], want: Mapping[str, object] | None) -> Talk:
        if self._talk is not None:
            self._talk.abandon()
        self._talk = Talk(os.fspath(path), self._worker, self.limits, want)
        self._talk.start()
        return self._talk

    @property
    def peak(self) -> int:
        """Most memory that any child has held so far, in bytes."""
        return self._worker.peak()

    def close(self) -> None:
        """End the child."""
        if self._talk is not None:
            self._talk.abandon()
        self._worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
