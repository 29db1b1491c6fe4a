"""Stores keep passages with their vectors and find them again; one file, one store.

A store's `add` is atomic and durable when it returns; `delete` forgets for good; a vector of an incompatible space
is refused with an error that names both spaces.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Literal

from likewise.stores._fusion import depth, fuse
from likewise.types import Embeddings, Hits, Passage, Space
from likewise.where import Filter

__all__ = ["Problem", "Store"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a store that does not agree with the rest; what is `derived` can be made anew from the truth."""

    part: Literal["file", "passages", "vectors", "words", "facts", "index"]
    detail: str
    derived: bool

    def __str__(self) -> str:
        return f"{self.part}: {self.detail}"


class Store(ABC):
    """Keeps passages, texts, metadata and vectors; answers with hits, best first."""

    @property
    @abstractmethod
    def space(self) -> Space | None:
        """The space of the vectors kept, or None while the store is empty."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Everything added and deleted inside becomes visible and durable together, or not at all."""

    @abstractmethod
    def add(self, passages: Sequence[Passage], embeddings: Embeddings) -> None:
        """Keep passages with their vectors, row by row; a passage whose id is known replaces the old one.

        Raises InputError for a failed row, unequal lengths or a repeated id, SpaceError for another space.
        """

    @abstractmethod
    def delete(self, ids: Iterable[str]) -> int:
        """Forget passages by id; unknown ids are passed over. Returns how many were forgotten."""

    @abstractmethod
    def get(self, ids: Iterable[str]) -> list[Passage]:
        """The passages with these ids that exist, in the order asked."""

    @abstractmethod
    def vectors(self, ids: Sequence[str]) -> Embeddings:
        """The kept vectors of these passages `(n, dim)`, in the order asked; InputError for an unknown id."""

    @abstractmethod
    def search(self, query: Embeddings, k: int = 10, where: Filter | None = None) -> Hits:
        """The k passages nearest to the one vector of `query` by cosine, higher is nearer.

        Ties are broken by the order in which passages were added. Raises SpaceError for another space.
        """

    @abstractmethod
    def search_text(self, query: str, k: int = 10, where: Filter | None = None) -> Hits:
        """The k passages that match the words of `query` best by BM25; no operator in `query` is obeyed."""

    def search_both(self, query: Embeddings, words: str, k: int = 10, where: Filter | None = None) -> Hits:
        """The k best of `search` and `search_text`, made one by reciprocal rank fusion."""
        near, worded = self.search(query, depth(k), where), self.search_text(words, depth(k), where)
        found = {hit.id: hit for hit in (*near, *worded)}
        hits = tuple(
            replace(found[i], score=score) for i, score in fuse([[h.id for h in near], [h.id for h in worded]], k)
        )
        return Hits(hits, replace(near.how, way="hybrid"))

    @abstractmethod
    def count(self, where: Filter | None = None) -> int:
        """How many passages are kept, or pass the filter."""

    def __len__(self) -> int:
        return self.count()

    @abstractmethod
    def each(self, where: Filter | None = None, batch_size: int = 4096) -> Iterator[tuple[list[Passage], Embeddings]]:
        """Every passage that passes, with its vector, in batches, in the order in which they were added.

        What is deleted while this goes on is left out from there.
        """

    @abstractmethod
    def close(self) -> None:
        """Release files and memory; the store may be opened again."""
