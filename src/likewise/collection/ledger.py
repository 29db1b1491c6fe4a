"""What a collection knows of its sources: which roots it watches, which items it holds, and as what it read them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import final

from likewise.collection.results import Entry
from likewise.stores.sqlite import SQLite
from likewise.types import Metadata, Place

__all__ = ["TABLES", "Ledger", "Line", "entry"]

TABLES = """CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS roots (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS items (
    id TEXT PRIMARY KEY, root INTEGER REFERENCES roots (id), kind TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL, passages INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    digest TEXT NOT NULL, recipe TEXT NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_by_root ON items (root, seen)"""
"""Laid with a new store, in one step with its own tables."""
_COLUMNS = "id, root, kind, state, reason, passages, size, mtime_ns, digest, recipe"
_LINES = f"SELECT {_COLUMNS} FROM items"  # noqa: S608 (our own words, here and below; values are bound)
_PUT = f"INSERT OR REPLACE INTO items ({_COLUMNS}, seen) VALUES (?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608
_TWIN = "SELECT id FROM items WHERE digest = ? AND recipe = ? AND state = 'kept' AND passages > 0 LIMIT 1"
_PIECES = (
    "SELECT passages.id, place, hash, metadata FROM passages JOIN vectors ON vectors.id = passages.vector "
    "WHERE item = ? ORDER BY passages.row"
)
_TWINS = "CREATE INDEX IF NOT EXISTS items_by_digest ON items (digest)"


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of one item.

    `state` is kept, refused, or stale (an older version is kept, the newer one was refused). `mtime_ns` is 0 where the
    time cannot tell a later change; `recipe` says how its text was cut.
    """

    id: str
    root: int | None = None
    kind: str = ""
    state: str = "kept"
    reason: str = ""
    passages: int = 0
    size: int = 0
    mtime_ns: int = 0
    digest: str = ""
    recipe: str = ""

    def same(self, now: Line) -> bool:
        """Whether a file need not be read: same size and time, cut the same way, and kept."""
        return self.state == "kept" and (self.size, self.mtime_ns, self.recipe) == (now.size, now.mtime_ns, now.recipe)

    def alike(self, now: Line) -> bool:
        """Whether the content is what is kept."""
        return (self.digest, self.recipe) == (now.digest, now.recipe)


@final
class Ledger:
    """The ledger's tables, in the store's own database, so that both change together or not at all."""

    def __init__(self, store: SQLite, readonly: bool = False) -> None:
        self._store = store
        if not readonly and not self._laid():
            with store.transaction():
                for statement in TABLES.split(";\n"):
                    store.connection.execute(statement)

    def _laid(self) -> bool:
        with self._store.reading() as connection:
            wanted = ("about", "items", "roots", "items_by_root")
            marks = ",".join("?" * len(wanted))
            found = connection.execute(f"SELECT count(*) FROM sqlite_master WHERE name IN ({marks})", wanted)  # noqa: S608
            return int(found.fetchone()[0]) == len(wanted)

    def about(self, key: str) -> str:
        """A fact about the collection, or an empty string."""
        with self._store.reading() as connection:
            found = connection.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
        return "" if found is None else str(found[0])

    def note(self, key: str, value: str) -> None:
        with self._store.transaction():
            self._store.connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))

    def roots(self) -> dict[int, Path]:
        """The paths that `sync` walks, by number."""
        with self._store.reading() as connection:
            found = connection.execute("SELECT id, path FROM roots ORDER BY id").fetchall()
        return {number: Path(os.fsdecode(path)) for number, path in found}

    def watch(self, path: Path) -> int:
        """The number of the root that holds `path`, made if none does; roots inside it become part of it."""
        known = self.roots()
        for number, root in known.items():
            if path == root or root in path.parents:
                return number
        with self._store.transaction():
            connection = self._store.connection
            made = connection.execute("INSERT INTO roots (path) VALUES (?)", (os.fsencode(path),)).lastrowid or 0
            for number, root in known.items():
                if path in root.parents:
                    connection.execute("UPDATE items SET root = ? WHERE root = ?", (made, number))
                    connection.execute("DELETE FROM roots WHERE id = ?", (number,))
        return made

    def unwatch(self, number: int) -> None:
        with self._store.transaction():
            self._store.connection.execute("UPDATE items SET root = NULL WHERE root = ?", (number,))
            self._store.connection.execute("DELETE FROM roots WHERE id = ?", (number,))

    def begin(self) -> int:
        """The number of a new run; items that it meets are marked with it."""
        run = int(self.about("run") or 0) + 1
        self.note("run", str(run))
        return run

    def get(self, id_: str) -> Line | None:
        with self._store.reading() as connection:
            row = connection.execute(f"{_LINES} WHERE id = ?", (id_,)).fetchone()
        return None if row is None else Line(*row)

    def named(self, what: str | os.PathLike[str]) -> Line | None:
        """The line of an item, named by its id or, for a file, by any path to it."""
        return self.get(os.fspath(what)) or self.get(str(Path(what).expanduser().absolute()))

    def know_twins(self) -> None:
        """Lay what `twin` needs to be quick."""
        self._store.connection.execute(_TWINS)

    def put(self, line: Line, run: int) -> None:
        """Write a line; call it inside the transaction that writes the item's passages."""
        self._store.connection.execute(_PUT, (*(getattr(line, name) for name in _COLUMNS.split(", ")), run))

    def drop(self, id_: str) -> None:
        self._store.connection.execute("DELETE FROM items WHERE id = ?", (id_,))

    def held(self, id_: str) -> list[str]:
        """Ids of the passages that the store holds of an item, in their order."""
        with self._store.reading() as connection:
            rows = connection.execute("SELECT id FROM passages WHERE item = ? ORDER BY row", (id_,))
            return [str(row[0]) for row in rows]

    def twin(self, digest: str, recipe: str) -> str:
        """The id of an item of the same content, cut the same way, that passages are kept of, or an empty string."""
        with self._store.reading() as connection:
            row = connection.execute(_TWIN, (digest, recipe)).fetchone()
        return "" if row is None else str(row[0])

    def pieces(self, item: str) -> list[tuple[str, Place, str, Metadata]]:
        """Id, place, content hash (hexadecimal) and metadata of every passage of an item, in their order."""
        with self._store.reading() as connection:
            rows = connection.execute(_PIECES, (item,)).fetchall()
        return [
            (id_, Place(**json.loads(place)), digest.hex(), json.loads(facts)) for id_, place, digest, facts in rows
        ]

    def unseen(self, root: int, run: int) -> list[Line]:
        """Items of a root that a run did not meet."""
        with self._store.reading() as connection:
            rows = connection.execute(f"{_LINES} WHERE root = ? AND seen < ?", (root, run))
            return [Line(*row) for row in rows]

    def lines(self, after: str = "", limit: int = 1000) -> list[Line]:
        """Lines in the order of their ids, a page at a time."""
        with self._store.reading() as connection:
            rows = connection.execute(f"{_LINES} WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
            return [Line(*row) for row in rows]

    def all(self) -> Iterator[Line]:
        """Every line, in constant memory; what a writer changes meanwhile may or may not be seen."""
        after = ""
        while page := self.lines(after):
            yield from page
            after = page[-1].id

    def counts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(state, kind) -> (items, passages)."""
        with self._store.reading() as connection:
            rows = connection.execute("SELECT state, kind, count(*), sum(passages) FROM items GROUP BY state, kind")
            return {(state, kind): (items, passages) for state, kind, items, passages in rows}

    def astray(self) -> list[str]:
        """Ids of items whose passages in the store are not as many as the ledger says."""
        with self._store.reading() as connection:
            rows = connection.execute(
                "SELECT items.id FROM items LEFT JOIN (SELECT item, count(*) AS n FROM passages GROUP BY item) AS held "
                "ON held.item = items.id WHERE items.passages <> coalesce(held.n, 0)"
            )
            return [str(row[0]) for row in rows]

    def orphans(self) -> list[str]:
        """Ids of passages whose item the ledger does not know."""
        with self._store.reading() as connection:
            rows = connection.execute("SELECT id FROM passages WHERE item NOT IN (SELECT id FROM items)")
            return [str(row[0]) for row in rows]


def entry(line: Line) -> Entry:
    """A line as the world sees it."""
    when = datetime.fromtimestamp(line.mtime_ns / 1e9, UTC).isoformat(timespec="seconds") if line.mtime_ns else ""
    return Entry(line.id, line.kind, line.state, line.reason, line.passages, line.size, when)
