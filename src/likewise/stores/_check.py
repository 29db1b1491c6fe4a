"""Whether the parts of a SQLite store agree, and making anew what is derived from the truth."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from likewise.errors import CollectionError
from likewise.stores import Problem
from likewise.stores._database import Database
from likewise.stores._packing import packing
from likewise.stores._snapshot import Stamp, rows_of, stamp_of, taken
from likewise.stores._text import add_words
from likewise.stores._vectors import Sizes, VectorIndex
from likewise.stores._vfiles import built_once
from likewise.stores._writing import write_facts
from likewise.where import kind_of

__all__ = ["build_index", "problems", "repair"]

_AT_ONCE = 2_000


def build_index(
    database: Database, directory: Path, progress: Callable[[str, int, int], None] | None, sizes: Sizes | None
) -> None:
    """Build the vector index from one committed state, then forget the tombstones that it has taken in."""
    with database.reading() as connection:
        found = connection.execute(
            "SELECT json_extract(facts, '$.dim') FROM passages JOIN vectors ON passages.vector = vectors.id "
            "JOIN spaces ON spaces.id = space LIMIT 1"
        ).fetchone()
        if found is None:
            return
        stamp = stamp_of(connection)
        rows = rows_of(connection, 0)
        VectorIndex.build(directory, found[0], rows, generation=str(stamp), sizes=sizes, progress=progress)
    with database.transaction() as connection:
        connection.execute("DELETE FROM tombstones WHERE seq <= ?", (stamp.buried,))
        connection.execute("INSERT OR REPLACE INTO state (key, value) VALUES ('swept', ?)", (stamp.buried,))
        # the last one stays: SQLite would give its number to the next value, and columns in memory know it as the old
        unused = "id NOT IN (SELECT term FROM facts) AND id < (SELECT max(id) FROM terms)"
        connection.execute(f"DELETE FROM terms WHERE {unused}")  # noqa: S608 (our own words)


def problems(database: Database, directory: Path) -> list[Problem]:
    """Every disagreement found, the worst first."""
    try:
        with database.reading() as connection:
            whole = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            if whole != ["ok"]:
                return [Problem("file", detail, False) for detail in whole]
            return [
                Problem(part, detail, derived)
                for look in (_passages, _vectors, _words, _facts)
                for part, detail, derived in look(connection)
            ] + list(_index(connection, directory))
    except CollectionError as error:
        return [Problem("file", str(error), False)]


Finding = tuple[Any, str, bool]


def _count(connection: sqlite3.Connection, condition: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {condition}").fetchone()[0])  # noqa: S608 (our own words)


def _passages(connection: sqlite3.Connection) -> Iterator[Finding]:
    lost = _count(connection, "passages WHERE passages.vector NOT IN (SELECT id FROM vectors)")
    if lost:
        yield "passages", f"{lost:,} without a vector; add their sources again", False


def _vectors(connection: sqlite3.Connection) -> Iterator[Finding]:
    kept = packing(connection)
    width = f"{kept.codec.width}" if kept.codec else "4 * json_extract(facts, '$.dim')"
    fits = f"vectors JOIN spaces ON spaces.id = space WHERE length(vectors.vector) = {width}"
    odd = _count(connection, "vectors") - _count(connection, fits)
    if odd:
        yield "vectors", f"{odd:,} of another length than their space has; add their sources again", False
    found, broken = connection.execute(f"SELECT vectors.vector FROM {fits}"), 0  # noqa: S608 (our own words)
    while batch := found.fetchmany(_AT_ONCE):
        broken += sum(not np.isfinite(kept.read([blob])).all() for (blob,) in batch)
    if broken:
        yield "vectors", f"{broken:,} hold NaN or infinity; add their sources again", False


def _words(connection: sqlite3.Connection) -> Iterator[Finding]:
    missing = _count(connection, "passages WHERE row NOT IN (SELECT id FROM words_docsize)")
    spare = _count(connection, "words_docsize WHERE id NOT IN (SELECT row FROM passages)")
    if missing or spare:
        yield "words", f"{missing:,} passages are not in the full text, {spare:,} there are no passages", True


def _facts(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Compares sums of hashes: both sides are too large to lay side by side."""
    wanted, held = 0, 0
    for row, metadata in connection.execute("SELECT row, metadata FROM passages"):
        for name, value in json.loads(metadata).items():
            if kind_of(value) is not None:
                wanted += hash((row, name, json.dumps(value)))
    kept = "FROM facts JOIN fields ON fields.id = facts.field JOIN terms ON terms.id = facts.term"
    for fact in connection.execute(f"SELECT passage, name, value {kept}"):
        held += hash(fact)
    if wanted != held or _count(connection, "facts") != _count(connection, kept.removeprefix("FROM ")):
        yield "facts", "the columns that filters ask do not agree with the passages' metadata", True


def _index(connection: sqlite3.Connection, directory: Path) -> Iterator[Problem]:
    if not built_once(directory):  # none, or killed before its first one was whole: the database answers
        return
    try:
        built = Stamp.read(VectorIndex.open(directory, check=True).generation)
    except CollectionError as error:
        yield Problem("index", str(error), True)
        return
    snapshot = taken(connection, directory, None)
    if snapshot.index is None and len(snapshot.rows) and not _before_coding(connection, built):
        yield Problem("index", "it was built from another state of this file", True)
    rows = np.fromiter((row for (row,) in connection.execute("SELECT row FROM passages ORDER BY row")), dtype=np.int64)
    if not np.array_equal(rows, snapshot.rows[snapshot.alive]):
        yield Problem("index", f"it answers with {int(snapshot.alive.sum()):,} rows, {len(rows):,} are kept", True)


def _before_coding(connection: sqlite3.Connection, built: Stamp | None) -> bool:
    """Whether an index is of the time when the vectors were float32 still: it is passed over, and that is no fault."""
    coded = connection.execute("SELECT max(seq) FROM operations WHERE kind = 'calibrate'").fetchone()[0]
    return coded is not None and built is not None and built.seq < coded


def repair(database: Database, directory: Path, found: list[Problem]) -> None:
    """Make words, facts and index anew where there is a problem with them."""
    parts = {problem.part for problem in found if problem.derived}
    with database.transaction() as connection:
        if "words" in parts:
            connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
            for batch in _batches(connection, "SELECT row, text, title FROM passages ORDER BY row"):
                add_words(connection, batch)
        if "facts" in parts:
            for table in ("facts", "terms", "fields"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 (our own words)
            for batch in _batches(connection, "SELECT row, metadata FROM passages ORDER BY row"):
                write_facts(connection, ((row, json.loads(metadata)) for row, metadata in batch))
    if "index" in parts:
        for file in directory.iterdir():
            file.unlink()
        build_index(database, directory, None, None)


def _batches(connection: sqlite3.Connection, select: str) -> Iterator[list[Any]]:
    found = connection.execute(select)
    while batch := found.fetchmany(_AT_ONCE):
        yield batch
