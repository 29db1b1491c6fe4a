"""All that is said with the child about one file, and what is asked of the file before and after."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats._limits import Limits
from likewise.formats._reasons import REASONS
from likewise.formats._wire import unpack, unpack_part
from likewise.formats._worker import Worker
from likewise.types import Media, Part

__all__ = ["Talk", "opened"]


@final
class Talk:
    """All that is said about one file."""

    def __init__(self, path: str, worker: Worker, limits: Limits, want: Mapping[str, Any] | None = None) -> None:
        self._path, self._worker, self._limits, self._want = path, worker, limits, want
        self._descriptor, self._before = opened(path, limits.size if want is None else limits.recording)
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
            "view": self._want,
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
                part = unpack_part(values)
                self._given += len(part.text)
                if self._given > most:
                    raise FormatError("bomb", f"it gives more than {most:,} characters")
                yield part
        except BaseException as error:
            self._end(error)
            raise
        self._end(None)

    def pieces(self) -> Iterator[Media]:
        """The pieces, until the end or an error; asked for by `view` alone."""
        prepared = frozenset((self._want or {}).get("preparers", ()))
        try:
            while values := self._next("media"):
                self._given += 1
                if self._given > self._limits.pieces:
                    raise FormatError("bomb", f"it gives more than {self._limits.pieces:,} pieces")
                yield unpack(values, self._worker.fill, self._limits.content, prepared)
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


def opened(path: str, most: int) -> tuple[int, os.stat_result]:
    """A descriptor of a regular file that is worth reading; never waits, whatever stands at the path."""
    try:
        facts = Path(path).stat()
        if stat.S_ISREG(facts.st_mode):  # opening a device can do things
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FormatError("vanished", "there is no such file any more") from error
    except (OSError, ValueError) as error:
        raise FormatError("unreadable", f"it cannot be opened: {getattr(error, 'strerror', error)}") from error
    _check(facts, most)
    try:
        before = os.fstat(descriptor)
        _check(before, most)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, before


def _check(facts: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise FormatError("not_regular", "it is a pipe, socket, device or directory; give a regular file")
    if facts.st_size == 0:
        raise FormatError("empty", "it holds no bytes")
    if facts.st_size > most:
        raise FormatError("too_large", f"it holds {facts.st_size:,} bytes, the limit is {most:,}")


def _digest(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        with open(descriptor, "rb", closefd=False) as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise FormatError("unreadable", f"it cannot be read to its end: {error.strerror}") from error
