"""What the vectors of a store are kept as: chosen when it is made, calibrated once on its own first vectors.

A store of codes keeps float32 until it holds `LEAST` vectors, for fewer tell too little about the ranges. Then, in the
transaction of the write that brought them, all are coded by one calibration, which never changes after that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, get_args

import numpy as np

from likewise.errors import InputError, SpaceError
from likewise.quantize import Codec, calibrate, codec_of
from likewise.space import from_json, relate, to_json
from likewise.stores._encoded import describe, space_of
from likewise.stores._exact import unit
from likewise.types import Space, Storage, Vectors

__all__ = ["LEAST", "Packing", "choose", "packing", "settle", "tally"]

LEAST: Final = 1_000
"""Vectors that a calibration takes; on 1,000 of them int8 found 0.999 of the 10 nearest (Cranfield), on 256 0.988."""
_MARGIN: Final = 0.1
_SAMPLE: Final = 4_096
_QUERIES: Final = 200
_AT_ONCE: Final = 2_000
_CODED_VERSION: Final = 2
"""Version of the schema of a file that has the table below; an older likewise refuses it by that."""
_TABLE: Final = """CREATE TABLE packing (
    kind TEXT NOT NULL, space TEXT, sample INTEGER NOT NULL DEFAULT 0, recall REAL NOT NULL DEFAULT 1,
    numbers INTEGER NOT NULL DEFAULT 0, saturated INTEGER NOT NULL DEFAULT 0) STRICT"""


@dataclass(frozen=True, slots=True)
class Packing:
    """`kind` is what was chosen; `space` is that of the codes once there are any, calibrated on `sample` vectors.

    `recall` is the mean share of the 10 nearest by float32 that the codes found, among that sample, 1.0 before. Of the
    `numbers` coded by the calibration, `saturated` lay outside of its range and became its end.
    """

    kind: Storage = "float32"
    space: Space | None = None
    sample: int = 0
    recall: float = 1.0
    numbers: int = 0
    saturated: int = 0

    @property
    def codec(self) -> Codec | None:
        """How the vectors are coded now; None while they are float32."""
        return None if self.space is None else codec_of(self.space)

    def kept_as(self, space: Space) -> Space:
        """The space of vectors of this one once they are kept here; SpaceError for codes from elsewhere."""
        if self.kind == "float32" or (self.space is None and space.vectors == "float32"):
            return space
        if self.space is None:
            raise SpaceError(f"vectors of {space} are codes, and are to be coded here as {self.kind}: add float32")
        return codec_of(self.space).space(space)

    def blobs(self, vectors: Vectors) -> list[bytes]:
        """Rows `(n, dim)` as bytes."""
        codec = self.codec or Codec("float32", vectors.shape[1])
        return [row.tobytes() for row in codec.encode(vectors)]

    def read(self, blobs: Sequence[bytes]) -> Vectors:
        """Rows `(n, dim)` float32 of bytes."""
        content = b"".join(blobs)
        if self.codec is not None:
            return self.codec.decode(self.codec.read(content))
        return np.frombuffer(content, "<f4").reshape(len(blobs), -1)

    def alike(self, one: bytes, other: bytes, most: float) -> bool:
        """Whether two rows may be one text encoded twice, no component further apart than `most`."""
        return (self.codec or Codec("float32", len(one) // 4)).alike(one, other, most)

    def __str__(self) -> str:
        if self.kind == "float32":
            return self.kind
        if self.space is None:
            return f"{self.kind} from {LEAST:,} vectors on, float32 until then"
        outside = f"; {self.saturated / max(self.numbers, 1):.2%} of the numbers were outside of its range"
        return (
            f"{self.kind}, calibrated on the first {self.sample:,}, of whose 10 nearest it finds {self.recall:.1%}"
            f"{outside if self.saturated else ''}"
        )


def packing(connection: sqlite3.Connection) -> Packing:
    """What the vectors that the connection sees are kept as."""
    if connection.execute("PRAGMA user_version").fetchone()[0] < _CODED_VERSION:
        return Packing()
    found = "SELECT kind, space, sample, recall, numbers, saturated FROM packing"
    kind, space, *measured = connection.execute(found).fetchone()
    return Packing(kind, _read(space) if space else None, *measured)


@lru_cache(8)
def _read(text: str) -> Space:
    return from_json(text)


def choose(connection: sqlite3.Connection, kind: Storage) -> None:
    """Decide what a store without vectors keeps them as. InputError for another kind than was decided before."""
    if kind not in get_args(Storage):
        raise InputError(f"vectors={kind!r} is not known: take {', '.join(get_args(Storage))}")
    now = packing(connection)
    if now.kind == kind:
        return
    begun = connection.execute("SELECT EXISTS (SELECT 1 FROM vectors) OR EXISTS (SELECT 1 FROM operations)").fetchone()
    if begun[0]:
        raise InputError(f"the vectors here are kept as {now.kind}, which cannot become {kind}: make a new collection")
    connection.execute("DROP TABLE IF EXISTS packing")
    connection.execute(_TABLE)
    connection.execute("INSERT INTO packing (kind) VALUES (?)", (kind,))
    connection.execute(f"PRAGMA user_version = {_CODED_VERSION}")


def tally(connection: sqlite3.Connection, vectors: Vectors) -> None:
    """Count what of vectors `(n, dim)` that were coded lay outside of the range."""
    codec = packing(connection).codec
    if codec is not None:
        counts = vectors.size, codec.saturated(vectors)
        connection.execute("UPDATE packing SET numbers = numbers + ?, saturated = saturated + ?", counts)


def settle(connection: sqlite3.Connection) -> int:
    """Calibrate and code all vectors if it is time; returns how many were coded. Call it inside a transaction."""
    now = packing(connection)
    if now.kind == "float32" or now.space is not None:
        return 0
    if connection.execute("SELECT count(*) FROM (SELECT 1 FROM vectors LIMIT ?)", (LEAST,)).fetchone()[0] < LEAST:
        return 0
    base = _base(connection)
    numbers = _family(connection, base)
    rows = _sampled(connection, numbers)
    if len(rows) < LEAST:
        return 0
    codec = calibrate(rows, now.kind, margin=_MARGIN)
    new = Packing(now.kind, codec.space(base), len(rows), _recall(codec, rows))
    coded = _code(connection, numbers, new)
    connection.execute(
        "UPDATE packing SET space = ?, sample = ?, recall = ?", (to_json(codec.space(base)), new.sample, new.recall)
    )
    return coded


def _base(connection: sqlite3.Connection) -> Space:
    """The space of the passages, or of the latest vector while there are none."""
    found = connection.execute(
        "SELECT space FROM vectors WHERE id = coalesce((SELECT vector FROM passages ORDER BY row LIMIT 1), "
        "(SELECT max(id) FROM vectors))"
    ).fetchone()
    return space_of(connection, found[0])


def _family(connection: sqlite3.Connection, base: Space) -> list[int]:
    """Numbers of the spaces whose vectors may lie beside those of `base`; cached vectors of others are forgotten."""
    numbers = [row[0] for row in connection.execute("SELECT id FROM spaces")]
    ours = [n for n in numbers if relate(base, space_of(connection, n)).kind in ("exact", "equivalent")]
    for number in set(numbers) - set(ours):
        connection.execute("DELETE FROM vectors WHERE space = ?", (number,))
    return ours


def _sampled(connection: sqlite3.Connection, numbers: list[int]) -> Vectors:
    """Float32 rows `(n, dim)` from all over the vectors of these spaces."""
    marks = ",".join("?" * len(numbers))
    ids = [row[0] for row in connection.execute(f"SELECT id FROM vectors WHERE space IN ({marks})", numbers)]  # noqa: S608
    if not ids:
        return np.zeros((0, 0), np.float32)
    chosen = np.unique(np.linspace(0, len(ids) - 1, min(len(ids), _SAMPLE)).astype(np.int64))
    one = "SELECT vector FROM vectors WHERE id = ?"
    blobs = [connection.execute(one, (ids[at],)).fetchone()[0] for at in chosen]
    return Packing().read(blobs)


def _code(connection: sqlite3.Connection, numbers: list[int], new: Packing) -> int:
    """Write every vector of these spaces as codes, and the spaces with them; snapshots taken before are void."""
    count = 0
    for number in numbers:
        last = 0
        page = "SELECT id, vector FROM vectors WHERE space = ? AND id > ? ORDER BY id LIMIT ?"
        while batch := connection.execute(page, (number, last, _AT_ONCE)).fetchall():
            blobs = new.blobs(Packing().read([blob for _, blob in batch]))
            pairs = zip(blobs, (id_ for id_, _ in batch), strict=True)
            connection.executemany("UPDATE vectors SET vector = ? WHERE id = ?", pairs)
            last, count = batch[-1][0], count + len(batch)
        space = new.kept_as(space_of(connection, number))
        connection.execute(
            "UPDATE spaces SET fingerprint = ?, facts = ? WHERE id = ?", (space.id, describe(space), number)
        )
    # a tombstone of no passage, swept at once: what was built from the floats does not fit this history any more
    buried = connection.execute("INSERT INTO tombstones (passage) VALUES (0)").lastrowid
    connection.execute("DELETE FROM tombstones WHERE seq <= ?", (buried,))
    connection.execute("INSERT OR REPLACE INTO state (key, value) VALUES ('swept', ?)", (buried,))
    return count


def _recall(codec: Codec, rows: Vectors) -> float:
    """Mean share of the 10 nearest others by float32 that the codes find, over some of the rows as queries."""
    at = np.unique(np.linspace(0, len(rows) - 1, _QUERIES).astype(np.int64))
    queries, coded = unit(rows[at]), unit(codec.decode(codec.encode(rows)))
    scores = [queries @ unit(rows).T, queries @ coded.T]
    for one in scores:
        one[np.arange(len(at)), at] = -2.0
    wanted, found = (np.argpartition(-one, 10, axis=1)[:, :10] for one in scores)
    shared = [len(np.intersect1d(a, b)) for a, b in zip(wanted, found, strict=True)]
    return float(np.mean(shared)) / 10
