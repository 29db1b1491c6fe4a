"""Full text by SQLite's FTS5: words are stemmed and ranked by BM25; every letter of a query is data."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

__all__ = ["WORDS", "add_words", "ranked", "remove_words"]

WORDS = """
CREATE VIRTUAL TABLE words USING fts5 (text, title, content='', tokenize='porter unicode61 remove_diacritics 2');
INSERT INTO words (words, rank) VALUES ('rank', 'bm25(1.0, 2.0)');
"""
"""Contentless: the text itself is kept once, with its passage."""

# scripts written without spaces: every character becomes a word, and a query asks for pairs of neighbours
_UNSPACED = (
    "\u0e01-\u0e7f\u0e81-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_CHARACTER = re.compile(f"([{_UNSPACED}])")
_RUN = re.compile(f"[{_UNSPACED}]+")
_CLITIC = re.compile(r"(?<=\w)['’](?:s|t|d|m|ll|re|ve)\b", re.IGNORECASE)
_WORD = re.compile("(?:[^\\W_][\u0300-\u036f]*)+")

_MOST_WORDS = 256
_CHEAP = 4_000
"""Passages that a query may touch before common words are left out."""


def _spaced(text: str) -> str:
    return _CHARACTER.sub(r" \1 ", text)


def add_words(connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Index rows of (passage row, text, title)."""
    connection.executemany(
        "INSERT INTO words (rowid, text, title) VALUES (?, ?, ?)", ((r, _spaced(x), _spaced(t)) for r, x, t in rows)
    )


def remove_words(connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Forget rows of (passage row, text, title); text and title must be those that were indexed."""
    connection.executemany(
        "INSERT INTO words (words, rowid, text, title) VALUES ('delete', ?, ?, ?)",
        ((r, _spaced(x), _spaced(t)) for r, x, t in rows),
    )


def ranked(
    connection: sqlite3.Connection, query: str, k: int, allowed: Callable[[int], bool] | None
) -> list[tuple[int, float]]:
    """The k passage rows that match best, (row, BM25), ties by row; `allowed` says which rows may answer."""
    phrases = _chosen(connection, list(islice(_phrases(query), _MOST_WORDS)))
    if not phrases:
        return []
    limit = "LIMIT ?" if allowed is None else ""
    found = connection.execute(
        f"SELECT rowid, -rank FROM words WHERE words MATCH ? ORDER BY rank, rowid {limit}",  # noqa: S608 (no data in it)
        (" OR ".join(phrases), *([k] if allowed is None else [])),
    )
    return list(islice((hit for hit in found if allowed is None or allowed(hit[0])), k))


def _phrases(query: str) -> Iterator[str]:
    """The distinct words of a query, quoted so that FTS5 obeys none of them."""
    seen = set()
    for word in _WORD.findall(_RUN.sub(lambda run: " " + " ".join(_pairs(run.group())) + " ", _CLITIC.sub(" ", query))):
        if word not in seen:
            seen.add(word)
            yield '"' + _spaced(word).strip() + '"'


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(max(1, len(run) - 1))]


def _chosen(connection: sqlite3.Connection, phrases: list[str]) -> list[str]:
    """Leave out the commonest words where the rarer ones already touch enough passages: they cost most, tell least."""
    counted = sorted((_frequency(connection, phrase), at, phrase) for at, phrase in enumerate(phrases))
    kept: list[str] = []
    touched = 0
    for frequency, _, phrase in counted:
        if frequency == 0:
            continue
        if kept and touched + frequency > _CHEAP:
            break
        kept.append(phrase)
        touched += frequency
    return kept


def _frequency(connection: sqlite3.Connection, phrase: str) -> int:
    return int(
        connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)", (phrase, _CHEAP + 1)
        ).fetchone()[0]
    )
