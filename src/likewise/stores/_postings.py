"""What FTS5 knows of a word, read as numpy arrays: in which passages it stands, how often, and BM25 of that.

FTS5's own `rank` looks up the length of every passage that matches, one by one, and hands over one Python row each:
1.4 µs a passage. Here the postings of a word come as one string and the lengths are kept, 0.3 µs a passage.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from likewise.stores._vfound import Ids

__all__ = ["VIEWS", "Lengths", "Scores", "fits", "packed", "ranked", "stems"]

Scores = NDArray[np.float64]

VIEWS = """
CREATE VIRTUAL TABLE temp.word_places USING fts5vocab ('main', 'words', 'instance');
CREATE VIRTUAL TABLE temp.stemmed USING fts5 (text, content='', tokenize='porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE temp.stems USING fts5vocab ('temp', 'stemmed', 'instance')
"""
"""What every connection that ranks needs, kept nowhere: the places of a word, and the words as FTS5 cuts them."""

_MOST_PLACES = 10_000_000
"""Places of a word that are read as one string; SQLite's own end at a billion bytes."""
_K1, _B = 1.2, 0.75
_TITLE = 2.0
"""The constants of FTS5's bm25(), and the weight of a title that the words table asks it for."""
_RAREST = 1e-6
"""What FTS5 takes for the idf of a word that stands in more than half of the passages."""
_AT_ONCE = 500
_PAGE = 100_000


def stems(connection: sqlite3.Connection, phrases: Sequence[str]) -> list[list[str]]:
    """The stems that FTS5 looks for, side by side, when it is asked for each of these phrases."""
    found: list[list[str]] = [[] for _ in phrases]
    connection.executemany("INSERT INTO temp.stemmed (rowid, text) VALUES (?, ?)", enumerate(phrases))
    for at, stem in connection.execute("SELECT doc, term FROM temp.stems ORDER BY doc, offset"):
        found[at].append(stem)
    connection.execute("INSERT INTO temp.stemmed (stemmed) VALUES ('delete-all')")
    return found


def ranked(connection: sqlite3.Connection, phrase: str) -> tuple[Ids, Scores]:
    """Passage rows that match a quoted phrase and their BM25, (n,) each, by FTS5 itself."""
    found = np.fromiter(
        connection.execute("SELECT rowid, -rank FROM words WHERE words MATCH ?", (phrase,)),
        dtype=np.dtype([("row", np.int64), ("score", np.float64)]),
    )
    return found["row"], found["score"]


def fits(connection: sqlite3.Connection, stem: str) -> bool:
    """Whether a stem stands in so few places that `packed` may be asked for it."""
    found = connection.execute("SELECT count(*) FROM temp.word_places WHERE term = ?", (stem,)).fetchone()
    return bool(found[0] <= _MOST_PLACES)


def packed(connection: sqlite3.Connection, stem: str, lengths: Lengths) -> tuple[Ids, Scores]:
    """What `ranked` says of a single stem, (n,) each, rows ascending."""
    (text,) = connection.execute(
        "SELECT group_concat(CASE col WHEN 'title' THEN -doc ELSE doc END) FROM temp.word_places WHERE term = ?",
        (stem,),
    ).fetchone()
    if text is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float64)
    places = np.fromstring(text, dtype=np.int64, sep=",")
    docs = np.abs(places)
    starts = np.flatnonzero(np.diff(docs, prepend=-1))  # places come passage by passage
    rows = docs[starts]
    frequency = np.add.reduceat(np.where(places < 0, _TITLE, 1.0), starts)
    count, mean = lengths.totals(connection)
    idf = max(np.log((count - len(rows) + 0.5) / (len(rows) + 0.5)), _RAREST)
    share = lengths.of(connection, rows) / mean
    return rows, idf * frequency * (_K1 + 1.0) / (frequency + _K1 * (1.0 - _B + _B * share))


def _integers(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """SQLite's variable-length integers, one after the other: seven bits a byte, the highest first, the last below 128.

    https://www.sqlite.org/fileformat2.html#varint (the form of nine bytes is for numbers above 2**56, not met here).
    """
    ends = np.flatnonzero(data < 128)
    sizes = np.diff(ends, prepend=-1)
    values = data[ends].astype(np.int64)
    for back in range(1, int(sizes.max(initial=0))):
        longer = sizes > back
        values[longer] |= (data[ends[longer] - back] & 127).astype(np.int64) << (7 * back)
    return values


@final
class Lengths:
    """How many words a passage has, title and text. Kept from the second question on, when it pays to read them all.

    A row's number is never given to another passage, so what is known stays true while passages come and go.
    """

    def __init__(self) -> None:
        self._rows = np.zeros(0, dtype=np.int64)
        self._words = np.zeros(0, dtype=np.float64)
        self._questions = 0
        self._totals: tuple[int, float] | None = None

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Make ready for a question about what the connection sees now."""
        self._questions += 1
        self._totals = None
        if self._questions > 1:
            self._read(connection)

    def totals(self, connection: sqlite3.Connection) -> tuple[int, float]:
        """How many passages there are and their mean length: FTS5 keeps both in its record 1.

        Within a transaction the words of a stem must have been read before, which makes FTS5 write the record.
        """
        if self._totals is None:
            (block,) = connection.execute("SELECT block FROM words_data WHERE id = 1").fetchone()
            count, *words = _integers(np.frombuffer(block, dtype=np.uint8)).tolist()
            self._totals = count, sum(words) / count
        return self._totals

    def of(self, connection: sqlite3.Connection, rows: Ids) -> Scores:
        """The lengths of passages that the connection sees, rows ascending, (n,)."""
        if self._questions > 1:
            known = self._known(rows)
            if known is None:  # words were made anew by a repair meanwhile
                self._rows, self._words = self._rows[:0], self._words[:0]
                self._read(connection)
                known = self._known(rows)
            if known is not None:
                return known
        return _looked_up(connection, rows)

    def _read(self, connection: sqlite3.Connection) -> None:
        pages = list(_pages(connection, int(self._rows[-1]) if len(self._rows) else 0))
        if pages:
            self._rows = np.concatenate([self._rows, *(rows for rows, _ in pages)])
            self._words = np.concatenate([self._words, *(words for _, words in pages)])

    def _known(self, rows: Ids) -> Scores | None:
        at = np.searchsorted(self._rows, rows)
        if at[-1] == len(self._rows) or not np.array_equal(self._rows[at], rows):
            return None
        words: Scores = self._words[at]
        return words


def _looked_up(connection: sqlite3.Connection, rows: Ids) -> Scores:
    found: list[bytes] = []
    for start in range(0, len(rows), _AT_ONCE):
        batch = rows[start : start + _AT_ONCE].tolist()
        marks = ",".join("?" * len(batch))
        select = f"SELECT sz FROM words_docsize WHERE id IN ({marks}) ORDER BY id"  # noqa: S608 (only marks)
        found.extend(size for (size,) in connection.execute(select, batch))
    return _sums(b"".join(found))


def _pages(connection: sqlite3.Connection, after: int) -> Iterator[tuple[Ids, Scores]]:
    """Rows of the words table after a row, and how many words each has, page by page."""
    while True:
        ids, sizes = connection.execute(
            "SELECT group_concat(id), group_concat(hex(sz), '') FROM "
            "(SELECT id, sz FROM words_docsize WHERE id > ? ORDER BY id LIMIT ?)",
            (after, _PAGE),
        ).fetchone()
        if ids is None:
            return
        rows = np.fromstring(ids, dtype=np.int64, sep=",")
        after = int(rows[-1])
        yield rows, _sums(bytes.fromhex(sizes))


def _sums(sizes: bytes) -> Scores:
    """FTS5 keeps one integer for each of two columns; here their sum for every passage, (n,)."""
    words: Scores = _integers(np.frombuffer(sizes, dtype=np.uint8)).reshape(-1, 2).sum(axis=1).astype(np.float64)
    return words
