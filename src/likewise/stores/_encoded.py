"""Vectors by content: what was encoded once is never encoded again, and equal passages share one vector."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from likewise.errors import InputError
from likewise.space import from_json, to_json
from likewise.types import Role, Space, Vectors

if TYPE_CHECKING:
    from likewise.stores._packing import Packing

__all__ = ["cached", "describe", "forget_unused", "kept_vectors", "remember", "space_of"]

_AT_ONCE = 500
_SAME = 1e-3
"""Largest difference of a component between two encodings of one text (batches differ in the last bits)."""


def _digest(value: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError as error:
        raise InputError(f"{value!r} is no content hash; wanted the hexadecimal SHA-256 of the content") from error


def _number_of(connection: sqlite3.Connection, space: Space) -> int | None:
    """The space's number in this file, if it has one."""
    found = connection.execute("SELECT id FROM spaces WHERE fingerprint = ?", (space.id,)).fetchone()
    return None if found is None else int(found[0])


def _numbered(connection: sqlite3.Connection, space: Space) -> int:
    known = _number_of(connection, space)
    if known is not None:
        return known
    made = connection.execute(
        "INSERT INTO spaces (fingerprint, facts, probe) VALUES (?, ?, ?)", (space.id, describe(space), space.probe)
    )
    return int(made.lastrowid or 0)


def describe(space: Space) -> str:
    """A space as JSON without its probe, which has a column of its own."""
    facts = json.loads(to_json(space))
    del facts["probe"]
    return json.dumps(facts)


def space_of(connection: sqlite3.Connection, number: int) -> Space:
    """The space with this number."""
    facts, probe = connection.execute("SELECT facts, probe FROM spaces WHERE id = ?", (number,)).fetchone()
    return from_json(json.dumps(json.loads(facts) | {"probe": probe.hex()}))


def _look_up(
    connection: sqlite3.Connection, space: Space, role: Role, digests: Sequence[bytes]
) -> dict[bytes, tuple[int, bytes]]:
    """What is kept for these content digests: digest -> (number, vector as bytes)."""
    number = _number_of(connection, space)
    found: dict[bytes, tuple[int, bytes]] = {}
    for start in range(0, len(digests), _AT_ONCE):
        batch = digests[start : start + _AT_ONCE]
        marks = ",".join("?" * len(batch))
        rows = connection.execute(
            f"SELECT hash, id, vector FROM vectors WHERE space = ? AND role = ? AND hash IN ({marks})",  # noqa: S608
            (number, role, *batch),
        )
        found.update((digest, (ref, blob)) for digest, ref, blob in rows)
    return found


def cached(
    connection: sqlite3.Connection, kept: Packing, space: Space, role: Role, hashes: Sequence[str]
) -> dict[str, Vectors]:
    """The vectors kept for these content hashes, hash -> (dim,); hashes unknown are left out."""
    digests = {h: _digest(h) for h in hashes}
    found = _look_up(connection, kept.kept_as(space), role, list(digests.values()))
    known = [h for h, digest in digests.items() if digest in found]
    return dict(zip(known, kept.read([found[digests[h]][1] for h in known]), strict=True)) if known else {}


def remember(
    connection: sqlite3.Connection, kept: Packing, embeddings: tuple[Space, Vectors], role: Role, hashes: Sequence[str]
) -> None:
    """Keep vectors (n, dim) of a space under their content hashes; what is known stays as it is."""
    space, vectors = embeddings
    rows = zip(map(_digest, hashes), kept.blobs(vectors), strict=True)
    _write(connection, kept.kept_as(space), role, list(rows))


def _write(connection: sqlite3.Connection, space: Space, role: Role, rows: list[tuple[bytes, bytes]]) -> None:
    """Keep (digest, vector as bytes) rows that are not known yet."""
    number = _numbered(connection, space)
    connection.executemany(
        "INSERT OR IGNORE INTO vectors (space, role, hash, vector) VALUES (?, ?, ?, ?)",
        ((number, role, digest, blob) for digest, blob in rows),
    )


def kept_vectors(
    connection: sqlite3.Connection, kept: Packing, space: Space, hashes: Sequence[str], vectors: Vectors
) -> list[int]:
    """Numbers of the vectors that passages of these contents refer to, written where they are new.

    A content whose kept vector is another than the one given (it was encoded with a title, or by other means) gets a
    row of its own, under the digest of both.
    """
    digests = [_digest(hash_) for hash_ in hashes]
    blobs = kept.blobs(vectors)
    space = kept.kept_as(space)
    known = _look_up(connection, space, "document", digests)
    for at, (digest, blob) in enumerate(zip(digests, blobs, strict=True)):
        before = known.setdefault(digest, (0, blob))[1]
        if before != blob and not kept.alike(before, blob, _SAME):
            digests[at] = hashlib.sha256(digest + blob).digest()
    fresh = [(d, b) for d, b in zip(digests, blobs, strict=True) if known.get(d, (0, b))[0] == 0]
    _write(connection, space, "document", fresh)
    numbers = {d: n for d, (n, _) in _look_up(connection, space, "document", list(dict.fromkeys(digests))).items()}
    return [numbers[d] for d in digests]


def forget_unused(connection: sqlite3.Connection) -> int:
    """Drop the vectors that no passage refers to; returns how many."""
    return connection.execute(
        "DELETE FROM vectors WHERE NOT EXISTS (SELECT 1 FROM passages WHERE passages.vector = vectors.id)"
    ).rowcount
