"""Files to documents through a child process: what the child cannot survive costs one file, never the caller."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any, Self, final

from likewise.errors import FormatError
from likewise.formats._limits import Limits
from likewise.formats._reasons import REASONS
from likewise.formats._worker import Worker
from likewise.types import Metadata, Part, Place

__all__ = ["Document", "Reader"]

_KINDS = frozenset(("paragraph", "heading", "code", "table", "record"))


@final
class Document:
    """One file being read: iterate it once for its parts.

    `kind` is known at once; `metadata`, `warnings` and `digest` (sha256 of the file's bytes, in hexadecimal) are whole
    after the last part, also where it ends in FormatError.
    """

    def __init__(self, talk: _Talk) -> None:
        self._talk = talk
        self._parts = talk.parts()

    def __iter__(self) -> Iterator[Part]:
        return self._parts

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
        self._talk: _Talk | None = None

    def read(self, path: str | PathLike[str]) -> Document:
        """Open a file and find its format. Raises FormatError, here or while the document is iterated."""
        if self._talk is not None:
            self._talk.abandon()
        self._talk = _Talk(os.fspath(path), self._worker, self.limits)
        self._talk.start()
        return Document(self._talk)

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


@final
class _Talk:
    """All that is said about one file."""

    def __init__(self, path: str, worker: Worker, limits: Limits) -> None:
        self._path, self._worker, self._limits = path, worker, limits
        self._descriptor, self._before = _open(path, limits)
        self._given = 0
        self.kind, self.digest = "", ""
        self.metadata: dict[str, Any] = {}
        self.warnings: list[str] = []

    def start(self) -> None:
        """Hand the file over and learn its kind."""
        facts = {
            "suffix": Path(self._path).suffix.lower().encode("utf-8", "replace").decode(),
            "size": self._before.st_size,
            "limits": asdict(self._limits),
        }
        try:
            self._worker.ask(facts, self._descriptor, self._limits.stall, self._limits.wall(self._before.st_size))
            self.kind = str(self._next("kind")[0])
        except BaseException as error:
            self._end(error)
            raise

    def parts(self) -> Iterator[Part]:
        """The parts, until the end or an error."""
        most = self._limits.output(self._before.st_size)
        try:
            while values := self._next("part"):
                part = _part(values)
                self._given += len(part.text)
                if self._given > most:
                    raise FormatError("bomb", f"it gives more than {most:,} characters")
                yield part
        except BaseException as error:
            self._end(error)
            raise
        self._end(None)

    def abandon(self) -> None:
        """Stop reading; nothing happens where it has ended."""
        if self._descriptor >= 0:
            self._end(GeneratorExit())

    def _next(self, wanted: str) -> list[Any]:
        """The values of the next `wanted` frame; none at the end. Raises FormatError where the child says so."""
        while True:
            what, *values = self._worker.answer()
            if what == wanted:
                return values
            if what == "tick":
                continue
            if what not in ("end", "error") or len(values) != (2 if what == "end" else 4):
                raise FormatError("crashed", "its reader talked nonsense")
            self._worker.rest()
            *why, self.metadata, self.warnings = values
            if why:
                raise FormatError(why[0] if why[0] in REASONS else "damaged", str(why[1]))
            return []

    def _end(self, error: BaseException | None) -> None:
        """Close the file. A file that was changed meanwhile is reported as that, whatever else went wrong."""
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        try:
            if error is not None:
                self._worker.drop_unless_resting(spent=getattr(error, "reason", "") == "memory")
            if error is None or isinstance(error, FormatError):
                self.digest = _digest(descriptor)
                self._compare(descriptor)
        finally:
            os.close(descriptor)

    def _compare(self, descriptor: int) -> None:
        before, after = self._before, os.fstat(descriptor)
        changed = FormatError("changed_while_reading", "it was written to or replaced while it was read")
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise changed
        try:
            now = Path(self._path).stat()
        except OSError as error:
            raise FormatError("vanished", "it was deleted or moved while it was read") from error
        if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
            raise changed


def _open(path: str, limits: Limits) -> tuple[int, os.stat_result]:
    """A descriptor of a regular file that is worth reading; never waits, whatever stands at the path."""
    try:
        facts = Path(path).stat()
        if stat.S_ISREG(facts.st_mode):  # opening a device can do things
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FormatError("vanished", "there is no such file any more") from error
    except (OSError, ValueError) as error:
        raise FormatError("unreadable", f"it cannot be opened: {getattr(error, 'strerror', error)}") from error
    _check(facts, limits)
    try:
        before = os.fstat(descriptor)
        _check(before, limits)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, before


def _check(facts: os.stat_result, limits: Limits) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise FormatError("not_regular", "it is a pipe, socket, device or directory; give a regular file")
    if facts.st_size == 0:
        raise FormatError("empty", "it holds no bytes")
    if facts.st_size > limits.size:
        raise FormatError("too_large", f"it holds {facts.st_size:,} bytes, the limit is {limits.size:,}")


def _digest(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        with open(descriptor, "rb", closefd=False) as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise FormatError("unreadable", f"it cannot be read to its end: {error.strerror}") from error


def _part(values: list[Any]) -> Part:
    """A part out of a frame; the child may have been taken over by the file, so nothing is believed."""
    try:
        text, kind, level, start, end, unit, number, name, line, heading = values
    except ValueError as error:
        raise FormatError("crashed", "its reader talked nonsense") from error
    strings, counts = (text, unit, name, heading), (level, start, end, number or 0, line or 0)
    if kind not in _KINDS or not all(type(s) is str for s in strings) or not all(type(c) is int for c in counts):
        raise FormatError("crashed", "its reader talked nonsense")
    return Part(text, kind, Place(start, end, unit, number, name, line, heading), level)
