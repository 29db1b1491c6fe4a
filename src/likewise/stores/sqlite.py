"""One SQLite file as the only truth: passages, vectors, full text and the log of what was done, durable on return."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import final

import numpy as np

from likewise.errors import InputError
from likewise.stores import Store
from likewise.stores._database import Database
from likewise.stores._encoded import cached, forget_unused, remember, space_of
from likewise.stores._exact import asked, best, checked, cosines
from likewise.stores._snapshot import Snapshot, taken
from likewise.stores._text import WORDS, ranked
from likewise.stores._writing import forget, insert, operation
from likewise.types import Embeddings, Hit, Hits, How, Passage, Place, Report, Role, Space, Vectors
from likewise.where import Filter

__all__ = ["SQLite"]

_AT_ONCE = 500
_PASSAGES = "SELECT row, id, item, text, title, place, metadata FROM passages"
_VECTORS = "SELECT passages.id, vectors.vector FROM passages JOIN vectors ON vectors.id = passages.vector"


@final
class SQLite(Store):
    """A store in the SQLite file `path`; files derived from it lie in `index/` beside it.

    Several threads and processes may read beside one that writes; a process that forks opens it anew in the child.
    `space` of the passages is set by the first `add`. CollectionError for a file that is not ours or of a newer
    version, StorageError where the disk refuses, LockedError where another process writes for long.
    """

    def __init__(self, path: str | os.PathLike[str], readonly: bool = False) -> None:
        self._database = Database(Path(path), readonly, WORDS)
        self._snapshot: Snapshot | None = None
        self._refreshing = Lock()

    @property
    def path(self) -> Path:
        return self._database.path

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection that writes; statements inside `transaction` belong to it."""
        return self._database.connection

    @property
    def space(self) -> Space | None:
        with self._database.reading() as connection:
            return _space(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._database.transaction():
            yield

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection that sees one committed state for as long as the context lasts."""
        return self._database.reading()

    def add(self, passages: Sequence[Passage], embeddings: Embeddings) -> None:
        with self._database.transaction() as connection:
            checked(list(passages), embeddings, _space(connection))
            if passages:
                forget(connection, [p.id for p in passages])
                insert(connection, passages, embeddings)
                operation(connection, "add", len(passages))

    def delete(self, ids: Iterable[str]) -> int:
        with self._database.transaction() as connection:
            count = forget(connection, ids)
            if count:
                operation(connection, "delete", count)
            return count

    def get(self, ids: Iterable[str]) -> list[Passage]:
        wanted = list(ids)
        with self._database.reading() as connection:
            found = {p.id: p for p in _passages(connection, "id", wanted).values()}
        return [found[i] for i in wanted if i in found]

    def vectors(self, ids: Sequence[str]) -> Embeddings:
        with self._database.reading() as connection:
            space = _space(connection)
            blobs: dict[str, bytes] = {}
            for start in range(0, len(ids), _AT_ONCE):
                batch = ids[start : start + _AT_ONCE]
                marks = ",".join("?" * len(batch))
                blobs.update(connection.execute(f"{_VECTORS} WHERE passages.id IN ({marks})", batch))
        for missing in (i for i in ids if i not in blobs):
            raise InputError(f"no passage {missing!r} is kept in {self.path}")
        if space is None:
            raise InputError(f"{self.path} is empty, so it has no vectors and no space")
        vectors = np.frombuffer(b"".join(blobs[i] for i in ids), dtype="<f4").reshape(len(ids), space.dim)
        return Embeddings(tuple(ids), vectors, space, tuple(Report(i, 0, 0) for i in ids))

    def search(self, query: Embeddings, k: int = 10, where: Filter | None = None) -> Hits:
        with self._seeing() as (connection, snapshot):
            wanted = asked(query, k, _space(connection))
            at = np.flatnonzero(snapshot.allowed(connection, where))
            how = How("exact", len(at), 1.0, query.space.id)
            if not len(at):
                return Hits((), how)
            scores = cosines(snapshot.units[at], wanted)
            rows = snapshot.rows[at]
            chosen = best(scores, rows, k)
            return Hits(_hits(connection, [(int(rows[c]), float(scores[c])) for c in chosen]), how)

    def search_text(self, query: str, k: int = 10, where: Filter | None = None) -> Hits:
        if k < 1:
            raise InputError(f"k is {k}, wanted at least 1")
        how = How("text", 0, None)
        if where is None:
            with self._database.reading() as connection:
                return Hits(_hits(connection, ranked(connection, query, k, None)), how)
        with self._seeing() as (connection, snapshot):
            mask = snapshot.allowed(connection, where)
            return Hits(
                _hits(connection, ranked(connection, query, k, lambda row: bool(mask[snapshot.position(row)]))), how
            )

    def count(self, where: Filter | None = None) -> int:
        if where is None:
            with self._database.reading() as connection:
                return int(connection.execute("SELECT count(*) FROM passages").fetchone()[0])
        with self._seeing() as (connection, snapshot):
            return int(np.count_nonzero(snapshot.allowed(connection, where)))

    def cached(self, role: Role, hashes: Sequence[str], space: Space) -> dict[str, Vectors]:
        """Vectors kept under these content hashes (hexadecimal SHA-256 of the text), hash -> (dim,)."""
        with self._database.reading() as connection:
            return cached(connection, space, role, hashes)

    def remember(self, role: Role, hashes: Sequence[str], embeddings: Embeddings) -> None:
        """Keep encoding results under content hashes, row by row; durable on return, failed rows are left out."""
        rows = [row for row, report in enumerate(embeddings.reports) if report.ok]
        with self._database.transaction() as connection:
            remember(connection, embeddings.space, role, [hashes[r] for r in rows], embeddings.vectors[rows])

    def forget_unused(self) -> int:
        """Drop vectors that no passage refers to, of any role; returns how many."""
        with self._database.transaction() as connection:
            return forget_unused(connection)

    def close(self) -> None:
        self._snapshot = None
        self._database.close()

    @contextmanager
    def _seeing(self) -> Iterator[tuple[sqlite3.Connection, Snapshot]]:
        """A connection and the snapshot of what it sees."""
        with self._database.reading() as connection:
            if self._database.in_transaction:  # not committed, so not to be shared
                yield connection, taken(connection, None)
                return
            with self._refreshing:
                snapshot = taken(connection, self._snapshot)
                if self._snapshot is None or snapshot.seq >= self._snapshot.seq:
                    self._snapshot = snapshot
            yield connection, snapshot


def _space(connection: sqlite3.Connection) -> Space | None:
    found = connection.execute(
        "SELECT space FROM vectors WHERE id = (SELECT vector FROM passages ORDER BY row LIMIT 1)"
    ).fetchone()
    return None if found is None else space_of(connection, found[0])


def _hits(connection: sqlite3.Connection, found: list[tuple[int, float]]) -> tuple[Hit, ...]:
    passages = _passages(connection, "row", [row for row, _ in found])
    made = ((passages[row], score) for row, score in found)
    return tuple(Hit(p.id, s, p.item, p.text, p.title, p.place, p.metadata) for p, s in made)


def _passages(connection: sqlite3.Connection, key: str, wanted: Collection[str | int]) -> dict[int, Passage]:
    """Passages by row, of those whose `key` (row or id) is wanted."""
    asked_for, found = list(wanted), {}
    for start in range(0, len(asked_for), _AT_ONCE):
        batch = asked_for[start : start + _AT_ONCE]
        marks = ",".join("?" * len(batch))
        rows = connection.execute(f"{_PASSAGES} WHERE {key} IN ({marks})", batch)
        for row, id_, item, text, title, place, metadata in rows:
            found[row] = Passage(id_, item, text, title, Place(**json.loads(place)), json.loads(metadata))
    return found
