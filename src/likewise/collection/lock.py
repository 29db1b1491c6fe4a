"""One writer at a time: an advisory lock that the system releases when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from likewise.errors import LockedError, StorageError

__all__ = ["holder", "writing"]

_LETTING_GO = 5.0
"""Seconds for which a process that was killed may seem to hold the lock: a child that it was starting at that moment
has it too, until it has started."""


@contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Hold the writer's lock of a collection; LockedError names who holds it, StorageError why it cannot be had."""
    file = directory / "writer.lock"
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(f"cannot write to the collection {directory}: {error.strerror} ({file})") from error
    try:
        if not _taken(handle, file):
            raise LockedError(
                f"{directory} is being written to by {holder(directory) or 'another process'}; "
                "wait for it to end, then try again (searching works meanwhile)"
            )
        _sign(handle, file)
        yield
    finally:
        os.close(handle)  # releases the lock


def _taken(handle: int, file: Path) -> bool:
    """Take the lock; one that is held for a process that has ended is waited for."""
    until = time.monotonic() + _LETTING_GO
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until or not _ended(file):
                return False
            time.sleep(0.02)
        else:
            return True


def _ended(file: Path) -> bool:
    """Whether the process that signed last, on this computer, is no more."""
    try:
        who = json.loads(file.read_bytes())
        if who["host"] == socket.gethostname():
            os.kill(int(who["pid"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return False


def _sign(handle: int, file: Path) -> None:
    """Say who holds the lock, for the one who meets it."""
    who = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(who).encode(), 0)
    except OSError as error:
        raise StorageError(f"cannot write {file}: {error.strerror}; nothing was changed") from error


def holder(directory: Path) -> str:
    """Who is writing to the collection now, or an empty string."""
    file = directory / "writer.lock"
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _signature(handle)
    finally:
        os.close(handle)
    return ""


def _signature(handle: int) -> str:
    try:
        who = json.loads(os.pread(handle, 4096, 0))
        return f"process {who['pid']} on {who['host']} since {who['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
