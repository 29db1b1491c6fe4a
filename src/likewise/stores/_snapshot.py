"""What a search sees: the passages of one committed state of the database, held in memory and brought up to date."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

import numpy as np

from likewise.stores._columns import Bools, Columns, Rows
from likewise.stores._exact import unit
from likewise.types import Vectors
from likewise.where import Filter

__all__ = ["Snapshot", "state_of", "taken"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Passage rows ascending (n,), which of them live, and their unit vectors (n, dim), as of one operation."""

    seq: int
    epoch: int
    last: int
    buried: int
    rows: Rows
    alive: Bools
    units: Vectors
    columns: Columns = field(default_factory=Columns)

    def allowed(self, connection: sqlite3.Connection, where: Filter | None) -> Bools:
        """Which rows live and pass the filter, (n,)."""
        if where is None:
            return self.alive
        return self.columns.mask(connection, self.rows, self.alive, self.seq, where)

    def position(self, row: int) -> int:
        return int(np.searchsorted(self.rows, row))


def state_of(connection: sqlite3.Connection) -> tuple[int, int]:
    """(last operation, epoch) as this connection sees them; the epoch changes when tombstones are swept away."""
    found = connection.execute(
        "SELECT coalesce((SELECT max(seq) FROM operations), 0), "
        "coalesce((SELECT value FROM state WHERE key = 'epoch'), 0)"
    ).fetchone()
    return int(found[0]), int(found[1])


def taken(connection: sqlite3.Connection, earlier: Snapshot | None) -> Snapshot:
    """The snapshot of what the connection sees, made from an earlier one where that helps."""
    seq, epoch = state_of(connection)
    if earlier is not None and (earlier.seq, earlier.epoch) == (seq, epoch):
        return earlier
    if earlier is None or earlier.epoch != epoch or earlier.seq > seq:
        nothing = np.zeros(0, dtype=np.int64)
        earlier = Snapshot(-1, epoch, 0, 0, nothing, nothing.astype(np.bool_), np.zeros((0, 0), dtype=np.float32))
    rows, vectors = _since(connection, earlier.last)
    buried, gone = _buried(connection, earlier.buried)
    alive = np.concatenate([earlier.alive, np.ones(len(rows), dtype=np.bool_)])
    everything = np.concatenate([earlier.rows, rows])
    alive[np.isin(everything, gone)] = False
    units = np.concatenate([earlier.units, unit(vectors)]) if len(earlier.rows) else unit(vectors)
    last = int(rows[-1]) if len(rows) else earlier.last
    return Snapshot(seq, epoch, last, buried, everything, alive, units, earlier.columns)


def _since(connection: sqlite3.Connection, last: int) -> tuple[Rows, Vectors]:
    found = connection.execute(
        "SELECT row, vectors.vector FROM passages JOIN vectors ON vectors.id = passages.vector "
        "WHERE row > ? ORDER BY row",
        (last,),
    ).fetchall()
    rows = np.array([row for row, _ in found], dtype=np.int64)
    if not found:
        return rows, np.zeros((0, 0), dtype=np.float32)
    vectors = np.frombuffer(b"".join(blob for _, blob in found), dtype="<f4").reshape(len(found), -1)
    return rows, vectors


def _buried(connection: sqlite3.Connection, after: int) -> tuple[int, Rows]:
    found = connection.execute("SELECT seq, passage FROM tombstones WHERE seq > ? ORDER BY seq", (after,)).fetchall()
    return (found[-1][0] if found else after), np.array([passage for _, passage in found], dtype=np.int64)
