"""Full text by SQLite's FTS5: words are stemmed and ranked by BM25; every letter of a query is data."""

from __future__ import annotations

import re
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from threading import Lock
from typing import final

import numpy as np

from likewise.stores._postings import Lengths, Scores, fits, packed, ranked, stems
from likewise.stores._vfound import Bools, Ids, top

__all__ = ["WORDS", "Ranking", "add_words", "remove_words"]

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
_TOUCHED = 4_000
"""Matches that a query may touch before common words are left out. nDCG@10 for 4,000, 8,000 and no limit: SciFact (809
train queries) 0.706, 0.706, 0.706; Cranfield 0.382 all; SciFact (150) among 56,000 passages of Wikipedia 0.637, 0.641,
0.647. What 4,000 cost where no word was asked before: 1.2 ms over 100,000 passages."""
_REMEMBERED = 2_000_000
"""Matches kept in memory for words asked again, about 16 bytes each."""


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


@final
class Ranking:
    """BM25 over the words table. A word's matches are kept while the table stays as it is; for several threads.

    BM25 of several words is the sum over them, so words are looked up one by one and added here.
    """

    def __init__(self) -> None:
        self._matches: OrderedDict[str, tuple[Ids, Scores]] = OrderedDict()
        self._counts: dict[str, int] = {}
        self._lengths = Lengths()
        self._kept = 0
        self._version = -1
        self._lock = Lock()

    def ranked(
        self, connection: sqlite3.Connection, version: int, query: str, allowed: Callable[[Ids], Bools] | None, k: int
    ) -> list[tuple[int, float]]:
        """The k passage rows that match best, (row, BM25), ties by row.

        `version` numbers the state that the connection sees; `allowed` says which of some rows may answer.
        """
        with self._lock:
            if version != self._version:
                self._matches.clear()
                self._counts.clear()
                self._kept, self._version = 0, version
            self._lengths.refresh(connection)
            chosen = self._chosen(connection, query)
            new = [phrase for phrase in chosen if phrase not in self._matches]
            self._remember(connection, new)
            found = [self._matches[phrase] for phrase in chosen]
            self._shrink(chosen)
        if not found:
            return []
        rows, where = np.unique(np.concatenate([ids for ids, _ in found]), return_inverse=True)
        scores = np.bincount(where, np.concatenate([scores for _, scores in found]), len(rows)).astype(np.float32)
        if allowed is not None:
            passing = allowed(rows)
            rows, scores = rows[passing], scores[passing]
        order = top(scores, rows, k)
        return list(zip(rows[order].tolist(), scores[order].tolist(), strict=True))

    def _chosen(self, connection: sqlite3.Connection, query: str) -> list[str]:
        """Leave out the commonest words where the rarer ones touch enough passages: they cost most and tell least."""
        phrases = list(islice(_phrases(query), _MOST_WORDS))
        counted = sorted((self._count(connection, phrase), at, phrase) for at, phrase in enumerate(phrases))
        kept: list[str] = []
        touched = 0
        for count, _, phrase in counted:
            touched += count
            if kept and touched > _TOUCHED:
                break
            if count:
                kept.append(phrase)
        return kept

    def _count(self, connection: sqlite3.Connection, phrase: str) -> int:
        if phrase not in self._counts:
            limited = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
            self._counts[phrase] = connection.execute(limited, (phrase, _TOUCHED + 1)).fetchone()[0]
        return self._counts[phrase]

    def _remember(self, connection: sqlite3.Connection, phrases: list[str]) -> None:
        for phrase, words in zip(phrases, stems(connection, phrases) if phrases else (), strict=True):
            rare = self._counts[phrase] <= _TOUCHED
            if len(words) == 1 and (rare or fits(connection, words[0])):
                found = packed(connection, words[0], self._lengths)
            else:
                found = ranked(connection, phrase)
            self._matches[phrase] = found
            self._kept += len(found[0])

    def _shrink(self, used: list[str]) -> None:
        """Forget the words that were not used for longest, none of those just used."""
        for phrase in used:
            self._matches.move_to_end(phrase)
        while self._kept > _REMEMBERED and len(self._matches) > len(used):
            self._kept -= len(self._matches.popitem(last=False)[1][0])


def _phrases(query: str) -> Iterator[str]:
    """The distinct words of a query, quoted so that FTS5 obeys none of them."""
    seen = set()
    for word in _WORD.findall(_RUN.sub(lambda run: " " + " ".join(_pairs(run.group())) + " ", _CLITIC.sub(" ", query))):
        if word not in seen:
            seen.add(word)
            yield '"' + _spaced(word).strip() + '"'


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(max(1, len(run) - 1))]
