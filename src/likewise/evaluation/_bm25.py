"""The contestant without a model: BM25, by which every encoder should be measured first."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import Final, final

import numpy as np

from likewise.errors import InputError
from likewise.evaluation._task import Search, Task
from likewise.stores._postings import VIEWS
from likewise.stores._text import WORDS, Ranking, add_words
from likewise.types import Vectors

__all__ = ["Bm25", "answers", "word_vectors"]

_ANSWERS: Final = 1_000
_DIM: Final = 2_048
_K1: Final = 1.2
_B: Final = 0.75
_WORD: Final = re.compile(r"\w+")


@final
class Bm25:
    """Full text over the documents of one task, as `likewise search --mode text` ranks (SQLite's FTS5, stemmed)."""

    def __init__(self, documents: Mapping[str, object]) -> None:
        self._names = list(documents)
        self._rows = {name: row for row, name in enumerate(self._names, 1)}
        self._words = sqlite3.connect(":memory:", isolation_level=None)
        for statement in (WORDS + VIEWS).split(";\n"):
            self._words.execute(statement)
        start = perf_counter()
        with self._words:
            self._words.execute("BEGIN")
            add_words(self._words, ((row, _text(documents[name]), "") for name, row in self._rows.items()))
        self.seconds = perf_counter() - start
        self._ranking = Ranking()

    @property
    def bytes(self) -> int:
        """What the index takes."""
        pages, size = (self._words.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        return int(pages) * int(size)

    def ranked(self, query: object, k: int, among: Sequence[str] | None = None) -> dict[str, float]:
        """The k best documents with their scores, of those that may be found."""
        allowed = None
        if among is not None:
            rows = np.array([self._rows[name] for name in among], dtype=np.int64)

            def allowed(found: np.ndarray) -> np.ndarray:
                return np.isin(found, rows)

        found = self._ranking.ranked(self._words, 0, _text(query), allowed, k)
        return {self._names[row - 1]: float(score) for row, score in found}


def answers(task: Search, index: Bm25) -> Iterator[tuple[str, dict[str, float], float]]:
    """Every query with its ranking and the seconds that it took."""
    for query, content in task.queries.items():
        start = perf_counter()
        found = index.ranked(content, _ANSWERS + (not task.own), task.allowed(query))
        yield query, found, perf_counter() - start


def word_vectors(task: Task) -> dict[str, Vectors]:
    """Texts as BM25 weights of their words, hashed with signs into 2,048 dimensions, for tasks that no ranking judges.

    A weight is saturated frequency times inverse document frequency over all texts of the task; hashing is that of
    Weinberger et al. (2009).
    """
    texts = {name: [_words(_text(one)) for one in given.items] for name, given in task.inputs.items()}
    every = [words for some in texts.values() for words in some]
    frequent = Counter(word for words in every for word in set(words))
    mean = sum(map(len, every)) / max(len(every), 1)
    rare = {word: float(np.log1p((len(every) - n + 0.5) / (n + 0.5))) for word, n in frequent.items()}
    return {name: np.array([_vector(words, rare, mean) for words in some]) for name, some in texts.items()}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _vector(words: list[str], rare: Mapping[str, float], mean: float) -> Vectors:
    made = np.zeros(_DIM, np.float32)
    for word, count in Counter(words).items():
        digest = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
        weight = rare[word] * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * len(words) / max(mean, 1)))
        made[digest % _DIM] += weight if digest >> 63 else -weight
    return made


def _text(content: object) -> str:
    if not isinstance(content, str):
        raise InputError(
            f"BM25 ranks words, and this task holds {type(content).__name__}; leave it out with bm25=False"
        )
    return content
