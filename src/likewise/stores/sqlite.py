"""One SQLite file as the only truth: passages, vectors, full text and the log of what was done, durable on return."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar, final

import numpy as np

from likewise.errors import InputError
from likewise.stores import Problem, Store
from likewise.stores._check import build_index, problems, repair
from likewise.stores._columns import Columns
from likewise.stores._database import Database
from likewise.stores._encoded import cached, forget_unused, remember, space_of
from likewise.stores._exact import asked, checked, nearest
from likewise.stores._fusion import depth, fuse
from likewise.stores._packing import Packing, choose, packing, settle, tally
from likewise.stores._snapshot import Snapshot, behind, taken
from likewise.stores._text import WORDS, Ranking
from likewise.stores._vectors import Found, Sizes
from likewise.stores._writing import forget, insert, operation
from likewise.types import Embeddings, Hit, Hits, How, Passage, Place, Report, Role, Space, Storage, Vectors
from likewise.where import Filter

__all__ = ["SQLite"]

_AT_ONCE = 500
_SPARE = 8
"""Winners looked at beyond k, for an index rounds and may swap near ties."""
_PASSAGES = "SELECT row, id, item, text, title, place, metadata FROM passages WHERE"
_PASSAGES_BY_ID, _PASSAGES_BY_ROW = f"{_PASSAGES} id IN", f"{_PASSAGES} row IN"
_VECTORS = "vectors.vector FROM passages JOIN vectors ON vectors.id = passages.vector WHERE"
_VECTORS_BY_ID = f"SELECT passages.id, {_VECTORS} passages.id IN"
T = TypeVar("T")


@final
class SQLite(Store):
    """A store in the SQLite file `path`; files derived from it lie in `index/` beside it.

    Several threads and processes may read beside one that writes; a process that forks opens it anew in the child.
    `space` of the passages is set by the first `add`. `vectors` chooses what a new store keeps its vectors as; an older
    one keeps to what was chosen, and InputError refuses another. `tables` are SQL statements with an end of line behind
    each semicolon, by which a new file gets tables of the caller's own. CollectionError for a file that is not ours or
    of a newer version, StorageError where the disk refuses, LockedError where another process writes for long.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        readonly: bool = False,
        vectors: Storage | None = None,
        tables: str = "",
    ) -> None:
        self._database = Database(Path(path), readonly, WORDS + tables)
        self._snapshot: Snapshot | None = None
        self._refreshing = Lock()
        self._ranking = Ranking()
        self._aside = ThreadPoolExecutor(thread_name_prefix="likewise-search")
        if vectors is not None and vectors != self.packing.kind:
            with self._database.transaction() as connection:
                choose(connection, vectors)

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

    @property
    def packing(self) -> Packing:
        """What the vectors are kept as."""
        with self._database.reading() as connection:
            return packing(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._database.transaction():
            yield

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection that sees one committed state for as long as the context lasts."""
        return self._database.reading()

    def add(self, passages: Sequence[Passage], embeddings: Embeddings, hashes: Sequence[str] | None = None) -> None:
        """As every store; `hashes` are the keys of `remember`, for passages whose content is not their text."""
        if hashes is not None and len(hashes) != len(passages):
            raise InputError(f"{len(passages)} passages and {len(hashes)} content hashes; wanted one for each")
        with self._database.transaction() as connection:
            given = replace(embeddings, space=packing(connection).kept_as(embeddings.space))
            checked(list(passages), given, _space(connection))
            if passages:
                forget(connection, [p.id for p in passages])
                insert(connection, passages, embeddings, hashes)
                operation(connection, "add", len(passages))
                _settle(connection, embeddings.vectors)

    def delete(self, ids: Iterable[str]) -> int:
        with self._database.transaction() as connection:
            count = forget(connection, ids)
            if count:
                operation(connection, "delete", count)
            return count

    def get(self, ids: Iterable[str]) -> list[Passage]:
        wanted = list(ids)
        with self._database.reading() as connection:
            found = {p.id: p for p in _passages(connection, _PASSAGES_BY_ID, wanted).values()}
        return [found[i] for i in wanted if i in found]

    def vectors(self, ids: Sequence[str]) -> Embeddings:
        with self._database.reading() as connection:
            return self._vectors(connection, ids)

    def search(self, query: Embeddings, k: int = 10, where: Filter | None = None) -> Hits:
        with self._seeing() as (connection, snapshot):
            wanted = asked(query, k, _space(connection))
            found = snapshot.search(connection, wanted, k + _SPARE, where)
            rows, scores = _best(snapshot, found, wanted, k)
            return Hits(_hits(connection, rows, scores), _how(connection, found, query.space))

    def search_text(self, query: str, k: int = 10, where: Filter | None = None) -> Hits:
        if k < 1:
            raise InputError(f"k is {k}, wanted at least 1")
        with self._seeing() as (connection, snapshot):
            rows, scores = self._worded(connection, snapshot, query, k, where)
            return Hits(_hits(connection, rows, scores), How("text", 0, None))

    def search_both(self, query: Embeddings, words: str, k: int = 10, where: Filter | None = None) -> Hits:
        deep = depth(k)
        with self._seeing() as (connection, snapshot):  # both see one state, and only winners are fetched
            wanted = asked(query, k, _space(connection))
            ask = partial(snapshot.search, connection, wanted, deep + _SPARE, where)
            # only a filter needs the connection: without one, vectors are compared while words are looked up
            beside = self._aside.submit(ask) if where is None else None
            worded, _ = self._worded(connection, snapshot, words, deep, where)
            found = ask() if beside is None else beside.result()
            near, _ = _best(snapshot, found, wanted, deep)
            fused = fuse([near, worded], k)
            hits = _hits(connection, [row for row, _ in fused], [score for _, score in fused])
            return Hits(hits, replace(_how(connection, found, query.space), way="hybrid"))

    def count(self, where: Filter | None = None) -> int:
        if where is None:
            with self._database.reading() as connection:
                return int(connection.execute("SELECT count(*) FROM passages").fetchone()[0])
        with self._seeing() as (connection, snapshot):
            return int(np.count_nonzero(snapshot.allowed(connection, where)))

    def each(self, where: Filter | None = None, batch_size: int = 4096) -> Iterator[tuple[list[Passage], Embeddings]]:
        with self._seeing() as (connection, snapshot):
            rows = snapshot.rows[snapshot.allowed(connection, where)].tolist()
        for start in range(
            0, len(rows), batch_size
        ):  # a reader for each: one for all would keep the log from shrinking
            batch = rows[start : start + batch_size]
            with self._database.reading() as connection:
                found = _passages(connection, _PASSAGES_BY_ROW, batch)
                there = [found[row] for row in batch if row in found]
                kept = self._vectors(connection, [passage.id for passage in there]) if there else None
            if kept is not None:
                yield there, kept

    def cached(self, role: Role, hashes: Sequence[str], space: Space) -> dict[str, Vectors]:
        """Vectors kept under these content hashes (hexadecimal SHA-256), hash -> (dim,)."""
        with self._database.reading() as connection:
            return cached(connection, packing(connection), space, role, hashes)

    def remember(self, role: Role, hashes: Sequence[str], embeddings: Embeddings) -> None:
        """Keep encoding results under content hashes, row by row; durable on return, failed rows are left out."""
        rows = [row for row, report in enumerate(embeddings.reports) if report.ok]
        with self._database.transaction() as connection:
            given = embeddings.space, embeddings.vectors[rows]
            remember(connection, packing(connection), given, role, [hashes[r] for r in rows])
            _settle(connection, given[1])

    def forget_unused(self) -> int:
        """Drop vectors that no passage refers to, of any role; returns how many."""
        with self._database.transaction() as connection:
            return forget_unused(connection)

    def index_stale(self) -> bool:
        """Whether enough came or went since the vector index was built that `build_index` pays."""
        with self._database.reading() as connection:
            return behind(connection, self._directory)

    def build_index(self, progress: Callable[[str, int, int], None] | None = None, sizes: Sizes | None = None) -> None:
        """Build the vector index anew from what is committed now; searches go on meanwhile.

        `progress` is called with (stage, done, total); `sizes` says from how many rows on each structure is built.
        """
        build_index(self._database, self._directory, progress, sizes)

    def check(self) -> list[Problem]:
        """Whatever does not agree: the file, passages, vectors, words, facts and the rows of the index."""
        return problems(self._database, self._directory)

    def repair(self) -> list[Problem]:
        """Make the derived parts anew where `check` finds fault with them; returns the problems that remain."""
        repair(self._database, self._directory, self.check())
        self._snapshot = None
        return self.check()

    def close(self) -> None:
        self._snapshot = None
        self._database.close()
        self._aside.shutdown(wait=False)

    def _worded(
        self, connection: sqlite3.Connection, snapshot: Snapshot, query: str, k: int, where: Filter | None
    ) -> tuple[list[int], list[float]]:
        """The k rows that match the words best, and their scores."""
        ranking = Ranking() if self._database.in_transaction else self._ranking
        passing = None if where is None else partial(snapshot.passing, snapshot.allowed(connection, where))
        found = ranking.ranked(connection, snapshot.stamp.seq, query, passing, k)
        return [row for row, _ in found], [score for _, score in found]

    def _vectors(self, connection: sqlite3.Connection, ids: Sequence[str]) -> Embeddings:
        """The kept vectors of these passages, in the order asked."""
        space, kept = _space(connection), packing(connection)
        blobs: dict[str, bytes] = {}
        for batch in _batches(ids):
            blobs.update(connection.execute(f"{_VECTORS_BY_ID} ({_marks(batch)})", batch))
        for missing in (i for i in ids if i not in blobs):
            raise InputError(f"no passage {missing!r} is kept in {self.path}")
        if space is None:
            raise InputError(f"{self.path} is empty, so it has no vectors and no space")
        vectors = kept.read([blobs[i] for i in ids]).reshape(len(ids), space.dim)
        return Embeddings(tuple(ids), vectors, space, tuple(Report(i, 0, 0) for i in ids))

    @property
    def _directory(self) -> Path:
        return self.path.parent / "index"

    @contextmanager
    def _seeing(self) -> Iterator[tuple[sqlite3.Connection, Snapshot]]:
        """A connection and the snapshot of what it sees."""
        with self._database.reading() as connection:
            if self._database.in_transaction:  # not committed, so nothing of it may be shared
                mine = self._snapshot and replace(self._snapshot, columns=Columns(self._snapshot.base))
                yield connection, taken(connection, self._directory, mine)
                return
            with self._refreshing:
                snapshot = taken(connection, self._directory, self._snapshot)
                if self._snapshot is None or snapshot.stamp.seq >= self._snapshot.stamp.seq:
                    self._snapshot = snapshot
            yield connection, snapshot


def _space(connection: sqlite3.Connection) -> Space | None:
    found = connection.execute(
        "SELECT space FROM vectors WHERE id = (SELECT vector FROM passages ORDER BY row LIMIT 1)"
    ).fetchone()
    return None if found is None else space_of(connection, found[0])


def _settle(connection: sqlite3.Connection, new: Vectors) -> None:
    """Count what new vectors lost; code all once there are enough of them to calibrate on."""
    tally(connection, new)
    coded = settle(connection)
    if coded:
        operation(connection, "calibrate", coded)


def _how(connection: sqlite3.Connection, found: Found, space: Space) -> How:
    kept = packing(connection)
    way = found.way if kept.space is None or found.way != "exact" else "quantised"
    return How(way, found.scanned, found.recall * kept.recall, space.id)  # what the codes lost is not found


def _best(snapshot: Snapshot, found: Found, wanted: Vectors, k: int) -> tuple[list[int], list[float]]:
    """The k best of what was found, by exact cosine: rows and scores."""
    if not len(found):
        return [], []
    best = nearest(snapshot.units(found.ids), found.ids, wanted, k, np.ones(len(found), np.bool_))
    return best.ids.tolist(), best.scores.tolist()


def _hits(connection: sqlite3.Connection, rows: list[int], scores: list[float]) -> tuple[Hit, ...]:
    found = _passages(connection, _PASSAGES_BY_ROW, rows)
    made = ((found[row], score) for row, score in zip(rows, scores, strict=True))
    return tuple(Hit(p.id, s, p.item, p.text, p.title, p.place, p.metadata) for p, s in made)


def _passages(connection: sqlite3.Connection, select: str, wanted: Sequence[str | int]) -> dict[int, Passage]:
    """Passages by row."""
    found = {}
    for batch in _batches(wanted):
        for row, id_, item, text, title, place, metadata in connection.execute(f"{select} ({_marks(batch)})", batch):
            found[row] = Passage(id_, item, text, title, Place(**json.loads(place)), json.loads(metadata))
    return found


def _batches(wanted: Sequence[T]) -> Iterator[Sequence[T]]:
    return (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))


def _marks(batch: Sequence[object]) -> str:
    return ",".join("?" * len(batch))
