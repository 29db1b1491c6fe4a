"""One writer at a time: an advisory lock that the system releases when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from likewise.errors import LockedError, StorageError

__all__ = ["holder", "writing"]


@contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Hold the writer's lock of a collection; LockedError names who holds it, StorageError why it cannot be had."""
    file = directory / "writer.lock"
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(f"cannot write to the collection {directory}: {error.strerror} ({file})") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(
                f"{directory} is being written to by {holder(directory) or 'another process'}; "
                "wait for it to end, then try again (searching works meanwhile)"
            ) from None
        _sign(handle, file)
        yield
    finally:
        os.close(handle)  # releases the lock


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
