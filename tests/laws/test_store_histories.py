"""Laws of stores: they answer as `Memory` does, after anything that may be done to them in any order."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from likewise.stores import _packing
from likewise.stores.memory import Memory
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Passage, Place, Storage
from likewise.where import Filter, parse
from tests.laws.stored import SPACE, StopError, embedded, ids

TEXTS = ["red apple", "green apple pie", "the blue sky", "a red sky at night", "apple apple apple", "検索エンジン"]
FILTERS = [None, *map(parse, ["n < 3", "n >= 2 and kind = 'pdf'", "not kind = 'pdf'", "kind is null", "n in (1, 4)"])]


class AgainstMemory(RuleBasedStateMachine):
    """SQLite, opened again and indexed at any time, beside `Memory`."""

    vectors: Storage = "float32"

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.store = SQLite(self.folder / "s.db", vectors=self.vectors)
        self.reader = SQLite(self.folder / "s.db", readonly=True)
        self.memory = Memory()
        self.seeds = itertools.count()
        self.known = 0

    @rule(
        which=st.lists(st.integers(0, 12), min_size=1, max_size=6, unique=True),
        text=st.sampled_from(TEXTS),
        n=st.integers(0, 5),
    )
    def add(self, which: list[int], text: str, n: int) -> None:
        batch = [
            Passage(
                f"p{i}",
                "item",
                f"{text} {i}",
                "apple" if i % 5 == 0 else "",
                Place(i),
                {"n": n, "kind": ("pdf", None)[i % 2]},
            )
            for i in which
        ]
        vectors = embedded([p.id for p in batch], next(self.seeds))
        self.store.add(batch, vectors)
        read = self._read(vectors)
        self.memory.add(batch, read)

    def _read(self, vectors: Embeddings) -> Embeddings:
        """What the store says of vectors that it was given, after seeing that it is right; Memory holds the same."""
        codec = self.store.packing.codec
        if codec is None:
            return vectors
        read = self.store.vectors(vectors.ids)
        np.testing.assert_array_equal(read.vectors, codec.decode(codec.encode(vectors.vectors)))
        if self.memory.space == SPACE:  # all was coded just now
            passages_ = [row[0] for row in self.memory._rows.values()]
            self.memory.close()
            self.memory = Memory()
            self.memory.add(passages_, self.store.vectors([p.id for p in passages_]))
        return read

    @rule(which=st.lists(st.integers(0, 14), max_size=5))
    def delete(self, which: list[int]) -> None:
        names_ = [f"p{i}" for i in which]
        assert self.store.delete(names_) == self.memory.delete(names_)

    @rule(which=st.integers(0, 12))
    def give_up(self, which: int) -> None:
        for store in (self.store, self.memory):
            with pytest.raises(StopError), store.transaction():  # noqa: PT012 (what happens inside is the test)
                store.delete([f"p{which}"])
                store.add([Passage("gone", "i", "apple")], embedded(["gone"], space=store.space or SPACE))
                assert "gone" in ids(store.search_text("apple", 99))
                raise StopError

    @precondition(lambda self: len(self.memory) > 0)
    @rule()
    def index(self) -> None:
        self.store.build_index()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = SQLite(self.folder / "s.db")

    @rule(k=st.integers(1, 14), where=st.sampled_from(FILTERS), seed=st.integers(0, 9))
    def search(self, k: int, where: Filter | None, seed: int) -> None:
        query = embedded(["q"], seed)
        wanted = self.memory.search(query, k, where).hits
        assert self.store.search(query, k, where).hits == wanted
        assert self.reader.search(query, k, where).hits == wanted

    @rule(
        k=st.integers(1, 14),
        where=st.sampled_from(FILTERS),
        query=st.sampled_from(["apples", "red sky", "検索", "the", ""]),
    )
    def search_text(self, k: int, where: Filter | None, query: str) -> None:
        wanted = self.memory.search_text(query, k, where).hits
        assert self.store.search_text(query, k, where).hits == wanted
        assert self.reader.search_text(query, k, where).hits == wanted

    @rule(
        k=st.integers(1, 14),
        where=st.sampled_from(FILTERS),
        query=st.sampled_from(["apples", "night sky", "検索", ""]),
        seed=st.integers(0, 9),
    )
    def search_both(self, k: int, where: Filter | None, query: str, seed: int) -> None:
        vector = embedded(["q"], seed)
        wanted = self.memory.search_both(vector, query, k, where).hits
        assert self.store.search_both(vector, query, k, where).hits == wanted
        assert self.reader.search_both(vector, query, k, where).hits == wanted

    @invariant()
    def same(self) -> None:
        for where in FILTERS:
            assert self.store.count(where) == self.memory.count(where) == self.reader.count(where)
        everything = [f"p{i}" for i in range(14)]
        assert self.store.get(everything) == self.memory.get(everything)
        assert self.store.space == self.memory.space

    def teardown(self) -> None:
        assert self.store.check() == []
        for store in (self.store, self.reader, self.memory):
            store.close()
        shutil.rmtree(self.folder)


TestAgainstMemory = AgainstMemory.TestCase
TestAgainstMemory.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


class CodedAgainstMemory(AgainstMemory):
    """The same with vectors kept as codes, from the twelfth on."""

    def __init__(self) -> None:
        super().__init__()
        self.least, _packing.LEAST = _packing.LEAST, 12  # type: ignore[misc]

    def teardown(self) -> None:
        super().teardown()
        _packing.LEAST = self.least  # type: ignore[misc]


def _case(kind: Storage) -> Any:
    machine: Any = type(f"Against_{kind}", (CodedAgainstMemory,), {"vectors": kind})
    case = machine.TestCase
    case.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
    return case


TestFloat16, TestInt8, TestBinary = _case("float16"), _case("int8"), _case("binary")
