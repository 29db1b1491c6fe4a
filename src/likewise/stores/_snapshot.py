"""What a search sees: the passages of one committed state, as an index made earlier plus what came since.

The index is derived. It is used only where its stamp (last operation and its time, last passage, last tombstone) fits
this very history of the database; otherwise the vectors are read from the database and searched exactly.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from likewise.errors import CollectionError
from likewise.stores._columns import Bools, Columns, Rows
from likewise.stores._exact import nearest, unit
from likewise.stores._packing import packing
from likewise.stores._vectors import Found, VectorIndex, merge
from likewise.stores._vfiles import read_manifest
from likewise.types import Vectors
from likewise.where import Filter

__all__ = ["Snapshot", "Stamp", "behind", "rows_of", "stamp_of", "taken"]

_BATCH = 8192
_FEW = 1_000
_RECALL = 0.99
"""What an index is asked for: of the ten nearest passages one is missed in about ten searches."""
_SHARE = 0.05
"""An index is stale when the rows that came or went since are more than a few and than this share of it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A state of a database: last operation and its time, last passage ever added, last tombstone."""

    seq: int
    time: float
    last: int
    buried: int

    @classmethod
    def read(cls, text: str) -> Stamp | None:
        try:
            return cls(*json.loads(text))
        except (ValueError, TypeError):
            return None

    def __str__(self) -> str:
        return json.dumps([self.seq, self.time, self.last, self.buried])


@final
@dataclass(frozen=True, slots=True)
class Snapshot:
    """Rows of passages ascending `(n,)`, those of the index first, which of them live, and the others' unit vectors.

    `seen` names the index that lay in the folder, whether it fitted or not.
    """

    stamp: Stamp
    index: VectorIndex | None
    rows: Rows
    alive: Bools
    fresh: Vectors
    columns: Columns
    seen: str

    @property
    def base(self) -> int:
        """How many rows the index holds, dead ones too."""
        return 0 if self.index is None else len(self.index)

    @property
    def stale(self) -> bool:
        """Whether so much came or went since the index was built that building it again pays."""
        dead = int(np.count_nonzero(~self.alive[: self.base]))
        return _many(dead + len(self.fresh), self.base)

    def allowed(self, connection: sqlite3.Connection, where: Filter | None) -> Bools:
        """Which rows live and pass the filter, `(n,)`."""
        return self.columns.allowed(connection, self.rows, self.alive, self.stamp.seq, where).mask

    def passing(self, mask: Bools, rows: Rows) -> Bools:
        """Which of some rows of this snapshot a mask over all rows allows."""
        return mask[np.searchsorted(self.rows, rows)]

    def units(self, rows: Rows) -> Vectors:
        """The unit vectors of some rows of this snapshot `(m, dim)`, to the last digit those of the database."""
        at = np.searchsorted(self.rows, rows)
        if self.index is None:
            return self.fresh[at]
        held = at < self.base
        found = np.empty((len(rows), self.index.dim), dtype=np.float32)
        found[held] = self.index.units(at[held])
        found[~held] = self.fresh[at[~held] - self.base]
        return found

    def search(self, connection: sqlite3.Connection, query: Vectors, k: int, where: Filter | None) -> Found:
        """The k nearest rows that live and pass, from the index and from what came since."""
        allowed = self.columns.allowed(connection, self.rows, self.alive, self.stamp.seq, where)
        fresh = nearest(self.fresh, self.rows[self.base :], query, k, allowed.mask[self.base :])
        if self.index is None:
            return fresh
        selection = None if allowed.selection.count == self.base else allowed.selection
        return merge(self.index.search(query, k, selection, recall=_RECALL), fresh, k)


def _many(changes: int, base: int) -> bool:
    return changes > max(_FEW, _SHARE * base)


def behind(connection: sqlite3.Connection, directory: Path) -> bool:
    """`Snapshot.stale` of what the connection sees, told by counting: no vector is read, however many came."""
    base, stamp = 0, None
    try:
        manifest = read_manifest(directory)
        base, stamp = manifest.count, Stamp.read(manifest.generation)
    except CollectionError:
        pass
    if stamp is None or not _leads_here(connection, stamp, stamp_of(connection)):
        base, stamp = 0, Stamp(0, 0.0, 0, 0)
    came = connection.execute("SELECT count(*) FROM passages WHERE row > ?", (stamp.last,)).fetchone()[0]
    went = connection.execute(
        "SELECT count(*) FROM tombstones WHERE seq > ? AND passage <= ?", (stamp.buried, stamp.last)
    ).fetchone()[0]
    return _many(came + went, base)


def stamp_of(connection: sqlite3.Connection) -> Stamp:
    """The state that the connection sees."""
    last, buried = (
        connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).fetchone() or (0,)
        for name in ("passages", "tombstones")
    )
    seq, time = connection.execute("SELECT seq, time FROM operations ORDER BY seq DESC LIMIT 1").fetchone() or (0, 0.0)
    return Stamp(seq, time, last[0], buried[0])


def taken(connection: sqlite3.Connection, directory: Path, earlier: Snapshot | None) -> Snapshot:
    """The snapshot of what the connection sees, made from an earlier one where that is possible."""
    stamp = stamp_of(connection)
    if earlier is None or not (earlier.stamp == stamp or _leads_here(connection, earlier.stamp, stamp)):
        return _brought(connection, _opened(connection, directory, stamp), stamp)
    snapshot = earlier if earlier.stamp == stamp else _brought(connection, earlier, stamp)
    if snapshot.stale and _generation(directory) != snapshot.seen:
        return _brought(connection, _opened(connection, directory, stamp), stamp)
    return snapshot


def _leads_here(connection: sqlite3.Connection, earlier: Stamp, now: Stamp) -> bool:
    """Whether the state `earlier` is part of this history, and all that vanished since is still on record."""
    if earlier.seq == 0:
        return True
    swept = connection.execute("SELECT value FROM state WHERE key = 'swept'").fetchone() or (0,)
    found = connection.execute("SELECT time FROM operations WHERE seq = ?", (earlier.seq,)).fetchone()
    return (
        found == (earlier.time,)
        and swept[0] <= earlier.buried <= now.buried
        and earlier.last <= now.last
        and earlier.seq <= now.seq
    )


def _opened(connection: sqlite3.Connection, directory: Path, now: Stamp) -> Snapshot:
    """What the index of the directory knows, or nothing where it does not fit."""
    index, stamp, seen = None, None, _generation(directory)
    try:
        index = VectorIndex.open(directory, check=False)
        stamp, seen = Stamp.read(index.generation), index.generation
    except CollectionError:
        pass  # none, or not whole: the database answers, and `stale` asks for a new one
    if index is None or stamp is None or not _leads_here(connection, stamp, now):
        none = np.zeros(0, dtype=np.int64)
        return Snapshot(
            Stamp(0, 0.0, 0, 0), None, none, none.astype(np.bool_), np.zeros((0, 0), dtype=np.float32), Columns(0), seen
        )
    fresh = np.zeros((0, index.dim), dtype=np.float32)
    return Snapshot(stamp, index, index.ids, np.ones(len(index), dtype=np.bool_), fresh, Columns(len(index)), seen)


def _generation(directory: Path) -> str:
    try:
        return read_manifest(directory).generation
    except CollectionError:
        return ""


def _brought(connection: sqlite3.Connection, earlier: Snapshot, stamp: Stamp) -> Snapshot:
    """The earlier snapshot with what came and went since."""
    rows, alive, fresh = earlier.rows, earlier.alive, earlier.fresh
    batches = list(rows_of(connection, earlier.stamp.last))
    if batches:
        rows = np.concatenate([rows, *(r for r, _ in batches)])
        alive = np.concatenate([alive, np.ones(len(rows) - len(alive), dtype=np.bool_)])
        fresh = np.concatenate([*([fresh] if len(fresh) else []), *(v for _, v in batches)])
    found = connection.execute("SELECT passage FROM tombstones WHERE seq > ?", (earlier.stamp.buried,))
    gone = np.array([passage for (passage,) in found], dtype=np.int64)
    if len(gone) and len(rows):
        at = np.minimum(np.searchsorted(rows, gone), len(rows) - 1)
        alive = alive.copy()
        alive[at[rows[at] == gone]] = False
    return Snapshot(stamp, earlier.index, rows, alive, fresh, earlier.columns, earlier.seen)


def rows_of(connection: sqlite3.Connection, after: int) -> Iterator[tuple[Rows, Vectors]]:
    """Passages after a row in batches of (rows ascending `(b,)`, unit vectors `(b, dim)`)."""
    kept = packing(connection)
    found = connection.execute(
        "SELECT row, vectors.vector FROM passages JOIN vectors ON vectors.id = passages.vector "
        "WHERE row > ? ORDER BY row",
        (after,),
    )
    while batch := found.fetchmany(_BATCH):
        rows = np.array([row for row, _ in batch], dtype=np.int64)
        yield rows, unit(kept.read([blob for _, blob in batch]))
