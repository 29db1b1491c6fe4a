"""The tables of a SQLite store, how its file is opened, and what its failures mean."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from likewise.errors import CollectionError, LockedError, StorageError
from likewise.stores._postings import VIEWS

__all__ = ["VERSION", "connect", "guarded"]

_APPLICATION = 0x6C696B65  # "like"
VERSION = 2
"""The newest; a file is of version 1 until it is to keep its vectors as codes (`_packing`)."""
_FIRST = 1
_BUSY_SECONDS = 10.0

_TABLES = """
CREATE TABLE spaces (
    id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, facts TEXT NOT NULL, probe BLOB NOT NULL
) STRICT;
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY, space INTEGER NOT NULL REFERENCES spaces (id), role TEXT NOT NULL, hash BLOB NOT NULL,
    vector BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX vectors_by_content ON vectors (space, role, hash);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, item TEXT NOT NULL,
    vector INTEGER NOT NULL REFERENCES vectors (id), title TEXT NOT NULL, place TEXT NOT NULL, metadata TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX passages_by_item ON passages (item);
CREATE INDEX passages_by_vector ON passages (vector);
CREATE TABLE fields (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE terms (
    id INTEGER PRIMARY KEY, field INTEGER NOT NULL REFERENCES fields (id), value TEXT NOT NULL, UNIQUE (field, value)
) STRICT;
CREATE TABLE facts (
    field INTEGER NOT NULL, passage INTEGER NOT NULL, term INTEGER NOT NULL, PRIMARY KEY (field, passage)
) STRICT, WITHOUT ROWID;
CREATE TABLE tombstones (seq INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL) STRICT;
CREATE TABLE operations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, count INTEGER NOT NULL, time REAL NOT NULL
) STRICT;
CREATE TABLE state (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""

_REFUSALS = {
    "SQLITE_FULL": (errno.ENOSPC, "make room on the disk"),
    "SQLITE_READONLY": (errno.EROFS, "open it with readonly=True, or make file and folder writable"),
    "SQLITE_PERM": (errno.EACCES, "make file and folder writable"),
    "SQLITE_CANTOPEN": (errno.EACCES, "check that the folder exists and may be read and written"),
    "SQLITE_IOERR": (errno.EIO, "check the disk and its mount"),
}


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn what SQLite says inside into our errors, which name the file and what to do next."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise LockedError(f"another process is writing to {path}; wait for it to end, then try again") from error
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise CollectionError(
                f"{path} is damaged or no collection of likewise ({error}); run `likewise verify` on it, "
                "restore it from a backup, or add its sources to a new collection"
            ) from error
        for prefix, (number, advice) in _REFUSALS.items():
            if name.startswith(prefix):
                raise StorageError(
                    f"cannot read or write {path}: {error} ({name}, errno {number} {os.strerror(number)}); "
                    f"everything acknowledged before is intact; {advice}, then run the same again"
                ) from error
        raise


def connect(path: Path, readonly: bool, words: str) -> sqlite3.Connection:
    """Open the file, laying the tables (and those of `words`) where it is new.

    A read-only one in a folder that cannot be written is read as it stands on the disk.
    """
    with guarded(path):
        if not readonly:
            if not path.exists():
                _lay(path, words)
            return _open(path, "rwc", words)
        if not path.is_file():
            raise CollectionError(
                f"there is no collection at {path}; make one with `likewise add PATH --to COLLECTION`"
            )
        try:
            return _open(path, "ro", words)
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")) or _unmerged(path):
                raise
            return _open(path, "ro&immutable=1", words)


def _lay(path: Path, words: str) -> None:
    """Make the file beside and put it in place whole: where it is killed on the way, there is no file."""
    beside = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        _open(beside, "rwc", words).close()
        try:
            os.link(beside, path)
        except FileExistsError:
            pass  # another came first
        except OSError:  # a file system without links
            beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            beside.with_name(beside.name + end).unlink(missing_ok=True)


def _unmerged(path: Path) -> bool:
    """Whether a write-ahead log holds commits that reading the file alone would miss."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _open(path: Path, mode: str, words: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")  # KiB
        connection.execute("PRAGMA temp_store = MEMORY")
        ours = _recognised(connection, path)
        if mode == "rwc":
            if not ours:
                connection.execute("PRAGMA page_size = 8192")
            connection.execute("PRAGMA journal_mode = WAL")
            if not ours:
                _create(connection, path, words)
        elif not ours:
            raise CollectionError(f"{path} is empty; make a collection with `likewise add PATH --to COLLECTION`")
        for statement in VIEWS.split(";\n"):
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def _create(connection: sqlite3.Connection, path: Path, words: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _recognised(connection, path):  # two may have come at once
            for statement in (_TABLES + words).split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_FIRST}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _recognised(connection: sqlite3.Connection, path: Path) -> bool:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application == 0 and version == 0 and tables == 0:
        return False
    if application != _APPLICATION:
        raise CollectionError(f"{path} is a SQLite database, yet no collection of likewise; name another place")
    if version > VERSION:
        raise CollectionError(
            f"{path} was made by a newer likewise (schema {version}, this one reads up to {VERSION}); "
            "upgrade with: pip install --upgrade likewise"
        )
    return True
