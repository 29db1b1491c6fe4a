"""Files of the local disk: those named, and those below the folders named."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import final

from likewise.sources import Found, Source

__all__ = ["Folder"]

_JUNK = frozenset(
    ("node_modules", "__pycache__", "__pypackages__", "__MACOSX", "$RECYCLE.BIN", "System Volume Information")
)
"""Folders that tools fill and nobody wrote; hidden ones (.git, .venv) are passed over as hidden."""
_OWN = ".likewise"
"""The suffix of our own collections."""
_DEEPEST = 1000


@final
class Folder(Source):
    """Walks files and folders depth first, each folder by name, in memory that grows with its widest folders only.

    Links met on the way are not followed, hidden files, folders of tools and collections of likewise are passed over;
    all these are counted in `skipped`. A path that is named itself is taken whatever it is called, and followed where
    it is a link; one that leads nowhere is given with the reason `link` or `vanished`. No folder is walked twice.
    """

    def __init__(self, paths: Iterable[str | PathLike[str]]) -> None:
        self.paths = tuple(Path(os.fspath(path)) for path in paths)
        self.skipped = 0

    def __iter__(self) -> Iterator[Found]:
        self.skipped = 0
        visited: set[tuple[int, int]] = set()
        for path in self.paths:
            whole = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they were named
            try:
                facts = whole.stat()
            except (OSError, ValueError) as error:
                yield _lost(whole, error)
                continue
            if stat.S_ISDIR(facts.st_mode):
                yield from self._walk(whole, facts, visited)
            else:
                yield _found(whole, facts)

    def _walk(self, top: Path, facts: os.stat_result, visited: set[tuple[int, int]]) -> Iterator[Found]:
        """Depth first without recursion: a stack of the entries that are left in each open folder."""
        stack: list[Iterator[os.DirEntry[str]]] = []
        entered = self._enter(str(top), facts, visited, stack)
        if entered is not None:
            yield entered
        while stack:
            entry = next(stack[-1], None)
            if entry is None:
                stack.pop()
                continue
            try:
                facts = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield _lost(Path(entry.path), error)
                continue
            if self._passed_over(entry.name, facts):
                self.skipped += 1
            elif not stat.S_ISDIR(facts.st_mode):
                yield _found(Path(entry.path), facts)
            elif (unlisted := self._enter(entry.path, facts, visited, stack)) is not None:
                yield unlisted

    def _passed_over(self, name: str, facts: os.stat_result) -> bool:
        if name.startswith(".") or stat.S_ISLNK(facts.st_mode):
            return True
        return stat.S_ISDIR(facts.st_mode) and (name in _JUNK or name.endswith((_OWN, ".egg-info")))

    def _enter(
        self,
        path: str,
        facts: os.stat_result,
        visited: set[tuple[int, int]],
        stack: list[Iterator[os.DirEntry[str]]],
    ) -> Found | None:
        """Put a folder's entries on the stack; what is given back is a folder that cannot be listed."""
        if (facts.st_dev, facts.st_ino) in visited:
            self.skipped += 1
            return None
        visited.add((facts.st_dev, facts.st_ino))
        if len(stack) >= _DEEPEST:
            return Found(_name(path), Path(path), 0, 0, "unreadable", f"it lies {_DEEPEST} folders deep", folder=True)
        try:
            with os.scandir(path) as entries:
                stack.append(iter(sorted(entries, key=lambda entry: entry.name)))
        except OSError as error:
            lost = _lost(Path(path), error)
            return Found(lost.id, lost.path, 0, 0, lost.reason, lost.detail, folder=True)
        return None


def _name(path: str | Path) -> str:
    """A path as text; bytes that are no UTF-8 are escaped as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _found(path: Path, facts: os.stat_result) -> Found:
    reason = detail = ""
    if not stat.S_ISREG(facts.st_mode):
        reason, detail = "not_regular", "it is a pipe, socket or device; give a regular file"
    return Found(_name(path), path, facts.st_size, facts.st_mtime_ns, reason, detail)


def _lost(path: Path, error: OSError | ValueError) -> Found:
    if path.is_symlink():
        return Found(_name(path), path, reason="link", detail="it is a link that leads nowhere, or in a circle")
    if isinstance(error, FileNotFoundError):
        return Found(_name(path), path, reason="vanished", detail="there is no such file or folder")
    return Found(_name(path), path, reason="unreadable", detail=f"the system says: {getattr(error, 'strerror', error)}")
