"""One SQLite file in use: a connection that writes, a pool of connections that read, transactions that nest."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock, get_ident

from likewise.errors import CollectionError
from likewise.stores._schema import connect, guarded

__all__ = ["Database"]


class Database:
    """Connections to one file. Several threads may read beside the one that holds the transaction."""

    def __init__(self, path: Path, readonly: bool, words: str) -> None:
        self.path = path
        self.readonly = readonly
        self._pid = os.getpid()
        self._writing = RLock()
        self._writer = 0
        self._depth = 0
        self._idle: list[sqlite3.Connection] = []
        self._pooling = Lock()
        self._main: sqlite3.Connection | None = None
        self._main = connect(path, readonly, words)

    def __del__(self) -> None:
        self.close()  # who forgets to close leaves no open file behind

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection that writes (of a read-only store: that reads); in autocommit outside `transaction`."""
        if self._main is None:
            raise CollectionError(f"{self.path} was closed; open it again")
        if os.getpid() != self._pid:
            raise CollectionError(
                f"{self.path} was opened by process {self._pid} and is used in its child {os.getpid()}, "
                "which SQLite forbids; open it anew in the child"
            )
        return self._main

    @property
    def in_transaction(self) -> bool:
        """Whether this very thread is inside `transaction`."""
        return self._depth > 0 and self._writer == get_ident()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, durable at the outermost end; an inner one that fails undoes its own part."""
        connection = self.connection
        if self.readonly:
            raise CollectionError(f"{self.path} was opened with readonly=True; open it without to change it")
        with self._writing, guarded(self.path):
            mark = f"depth_{self._depth}"
            connection.execute(f"SAVEPOINT {mark}" if self._depth else "BEGIN IMMEDIATE")
            self._depth, self._writer = self._depth + 1, get_ident()
            try:
                yield connection
                connection.execute(f"RELEASE {mark}" if self._depth > 1 else "COMMIT")
            except BaseException:
                self._undo(connection, mark)
                raise
            finally:
                self._depth -= 1

    def _undo(self, connection: sqlite3.Connection, mark: str) -> None:
        if not connection.in_transaction:  # SQLite undid everything by itself, as it does on a full disk
            return
        if self._depth > 1:
            connection.execute(f"ROLLBACK TO {mark}")
            connection.execute(f"RELEASE {mark}")
        else:
            connection.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one committed state throughout; inside a transaction, that transaction's own."""
        main = self.connection
        if self.in_transaction:
            with guarded(self.path):
                yield main
            return
        with self._pooling:
            connection = self._idle.pop() if self._idle else None
        connection = connection or connect(self.path, True, "")
        try:
            with guarded(self.path):
                connection.execute("BEGIN")
                yield connection
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            with self._pooling:
                if self._main is None:
                    connection.close()
                else:
                    self._idle.append(connection)

    def close(self) -> None:
        """Close every connection; in a forked child, only let go of them."""
        with self._pooling:
            connections = [c for c in (*self._idle, self._main) if c is not None]
            self._idle, self._main = [], None
        if os.getpid() == self._pid:
            for connection in connections:
                connection.close()
