"""Passages into the tables and out of them, on a connection that is inside a transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice

from likewise.stores._encoded import kept_vectors
from likewise.stores._packing import packing
from likewise.stores._text import add_words, remove_words
from likewise.types import Embeddings, Metadata, Passage, Place
from likewise.where import kind_of

__all__ = ["forget", "insert", "metadata_json", "operation", "place_json", "write_facts"]

_AT_ONCE = 500
_NOWHERE = asdict(Place())


def operation(connection: sqlite3.Connection, kind: str, count: int) -> None:
    """Log what was done; every reader tells by the log's end whether it is up to date."""
    connection.execute("INSERT INTO operations (kind, count, time) VALUES (?, ?, ?)", (kind, count, time.time()))


def place_json(place: Place) -> str:
    """A place as JSON, without what is at its default."""
    return json.dumps({k: v for k in _NOWHERE if (v := getattr(place, k)) != _NOWHERE[k]}, separators=(",", ":"))


def metadata_json(passage: Passage) -> str:
    """Metadata as ASCII JSON, which keeps NaN, whole numbers of any size and lone surrogates."""
    return json.dumps(dict(passage.metadata), separators=(",", ":"))


def insert(
    connection: sqlite3.Connection,
    passages: Sequence[Passage],
    embeddings: Embeddings,
    hashes: Sequence[str] | None = None,
) -> None:
    """Keep passages that are not there yet, with vectors (under these content hashes), words and facts."""
    kept = packing(connection)
    hashes = hashes or [hashlib.sha256(p.text.encode()).hexdigest() for p in passages]
    refs = kept_vectors(connection, kept, embeddings.space, hashes, embeddings.vectors)
    used = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
    first = 1 + (used[0] if used else 0)
    connection.executemany(
        "INSERT INTO passages (row, id, item, vector, title, place, metadata, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (row, p.id, p.item, ref, p.title, place_json(p.place), metadata_json(p), p.text)
            for row, (p, ref) in enumerate(zip(passages, refs, strict=True), first)
        ),
    )
    add_words(connection, ((row, p.text, p.title) for row, p in enumerate(passages, first)))
    write_facts(connection, ((row, p.metadata) for row, p in enumerate(passages, first)))


def write_facts(connection: sqlite3.Connection, rows: Iterable[tuple[int, Metadata]]) -> None:
    """Index rows of (passage row, metadata) for filters; null and NaN are missing, so they leave no fact."""
    fields: dict[str, int] = {}
    terms: dict[tuple[int, str], int] = {}
    facts = []
    for row, metadata in rows:
        for name, value in metadata.items():
            if kind_of(value) is None:
                continue
            if name not in fields:
                fields[name] = _numbered(connection, "fields (name) VALUES (?)", "fields WHERE name = ?", (name,))
            key = fields[name], json.dumps(value)
            if key not in terms:
                terms[key] = _numbered(
                    connection, "terms (field, value) VALUES (?, ?)", "terms WHERE field = ? AND value = ?", key
                )
            facts.append((fields[name], row, terms[key]))
    connection.executemany("INSERT INTO facts (field, passage, term) VALUES (?, ?, ?)", facts)


def _numbered(connection: sqlite3.Connection, into: str, found: str, key: tuple[object, ...]) -> int:
    known = connection.execute(f"SELECT id FROM {found}", key).fetchone()  # noqa: S608 (our own words)
    if known is not None:
        return int(known[0])
    return int(connection.execute(f"INSERT INTO {into}", key).lastrowid or 0)


def forget(connection: sqlite3.Connection, ids: Iterable[str]) -> int:
    """Take passages out of every table; returns how many there were."""
    count = 0
    remaining = iter(dict.fromkeys(ids))
    while batch := list(islice(remaining, _AT_ONCE)):
        marks = ",".join("?" * len(batch))
        found = connection.execute(
            f"SELECT row, text, title, metadata FROM passages WHERE id IN ({marks})",  # noqa: S608 (only marks)
            batch,
        ).fetchall()
        remove_words(connection, ((row, text, title) for row, text, title, _ in found))
        connection.executemany(
            "DELETE FROM facts WHERE field = (SELECT id FROM fields WHERE name = ?) AND passage = ?", _named(found)
        )
        connection.executemany("DELETE FROM passages WHERE row = ?", ((row,) for row, *_ in found))
        connection.executemany("INSERT INTO tombstones (passage) VALUES (?)", ((row,) for row, *_ in found))
        count += len(found)
    return count


def _named(found: list[tuple[int, str, str, str]]) -> Iterator[tuple[str, int]]:
    for row, _, _, metadata in found:
        for name in json.loads(metadata):
            yield name, row
