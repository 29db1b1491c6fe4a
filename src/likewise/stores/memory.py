"""Everything in memory and every answer exact: the reference that other stores are measured against."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import final

import numpy as np

from likewise.errors import InputError
from likewise.stores import Store
from likewise.stores._exact import asked, checked, nearest, unit
from likewise.stores._postings import VIEWS
from likewise.stores._text import WORDS, Ranking, add_words, remove_words
from likewise.types import Embeddings, Hit, Hits, How, Passage, Report, Space, Vectors
from likewise.where import Filter, kind_of

__all__ = ["Memory"]


@final
class Memory(Store):
    """Keeps passages in a dict by row, in the order they were added; not for several threads at once."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[Passage, Vectors, Space]] = {}
        self._by_id: dict[str, int] = {}
        self._last = 0
        self._words = sqlite3.connect(":memory:", isolation_level=None)
        for statement in (WORDS + VIEWS).split(";\n"):
            self._words.execute(statement)

    @property
    def space(self) -> Space | None:
        return next((space for _, _, space in self._rows.values()), None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        before = dict(self._rows), dict(self._by_id), self._last
        mark = f"depth_{id(before)}"
        self._words.execute(f"SAVEPOINT {mark}")
        try:
            yield
        except BaseException:
            self._rows, self._by_id, self._last = before
            self._words.execute(f"ROLLBACK TO {mark}")
            raise
        finally:
            self._words.execute(f"RELEASE {mark}")

    def add(self, passages: Sequence[Passage], embeddings: Embeddings) -> None:
        checked(list(passages), embeddings, self.space)
        if not passages:
            return
        with self.transaction():
            self.delete(p.id for p in passages)
            first = self._last + 1
            for row, (passage, vector) in enumerate(zip(passages, embeddings.vectors, strict=True), first):
                self._rows[row] = passage, vector.copy(), embeddings.space
                self._by_id[passage.id] = row
                self._last = row
            add_words(self._words, ((r, p.text, p.title) for r, p in enumerate(passages, first)))

    def delete(self, ids: Iterable[str]) -> int:
        with self.transaction():
            rows = [self._by_id.pop(i) for i in dict.fromkeys(ids) if i in self._by_id]
            gone = [(row, self._rows.pop(row)[0]) for row in rows]
            remove_words(self._words, ((row, p.text, p.title) for row, p in gone))
            return len(gone)

    def get(self, ids: Iterable[str]) -> list[Passage]:
        return [self._rows[self._by_id[i]][0] for i in ids if i in self._by_id]

    def vectors(self, ids: Sequence[str]) -> Embeddings:
        for missing in (i for i in ids if i not in self._by_id):
            raise InputError(f"no passage {missing!r} is kept here")
        space = self.space
        if space is None:
            raise InputError("the store is empty, so it has no vectors and no space")
        kept = [self._rows[self._by_id[i]][1] for i in ids]
        vectors = np.array(kept, dtype=np.float32).reshape(len(kept), space.dim)
        return Embeddings(tuple(ids), vectors, space, tuple(Report(i, 0, 0) for i in ids))

    def search(self, query: Embeddings, k: int = 10, where: Filter | None = None) -> Hits:
        wanted = asked(query, k, self.space)
        rows = self._passing(where)
        how = How("exact", len(rows), 1.0, query.space.id)
        if not rows:
            return Hits((), how)
        found = nearest(
            unit(np.array([self._rows[r][1] for r in rows])), np.array(rows), wanted, k, np.ones(len(rows), np.bool_)
        )
        pairs = zip(found.ids.tolist(), found.scores.tolist(), strict=True)
        return Hits(tuple(_hit(self._rows[row][0], score) for row, score in pairs), how)

    def search_text(self, query: str, k: int = 10, where: Filter | None = None) -> Hits:
        if k < 1:
            raise InputError(f"k is {k}, wanted at least 1")
        passing = np.array(self._passing(where), dtype=np.int64)
        found = Ranking().ranked(self._words, 0, query, lambda rows: np.isin(rows, passing), k)
        return Hits(tuple(_hit(self._rows[row][0], score) for row, score in found), How("text", 0, None))

    def count(self, where: Filter | None = None) -> int:
        return len(self._passing(where))

    def each(self, where: Filter | None = None, batch_size: int = 4096) -> Iterator[tuple[list[Passage], Embeddings]]:
        rows = sorted(self._passing(where))
        for start in range(0, len(rows), batch_size):
            there = [self._rows[row][0] for row in rows[start : start + batch_size] if row in self._rows]
            if there:
                yield there, self.vectors([passage.id for passage in there])

    def close(self) -> None:
        self._words.close()

    def _passing(self, where: Filter | None) -> list[int]:
        if where is None:
            return list(self._rows)
        kinds = {
            name: {kind for p, *_ in self._rows.values() if (kind := kind_of(p.metadata.get(name))) is not None}
            for name in where.fields
        }
        where.check(kinds)
        return [row for row, (passage, *_) in self._rows.items() if where.matches(passage.metadata)]


def _hit(passage: Passage, score: float) -> Hit:
    p = passage
    return Hit(p.id, score, p.item, p.text, p.title, p.place, p.metadata)
