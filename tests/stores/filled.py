"""Stores filled with numbered passages, asked in every way."""

import hashlib

import numpy as np

from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Passage, Report, Space
from likewise.where import parse

DIM = 8
SPACE = Space("tiny", "w", "t", "mean", (), 128, DIM, True, "fp32", "numpy")


def embedded(ids: list[str], seed: int = 0) -> Embeddings:
    vectors = np.random.default_rng(seed).standard_normal((len(ids), DIM)).astype(np.float32)
    return Embeddings(tuple(ids), vectors, SPACE, tuple(Report(i, 1, 1) for i in ids))


def filled(store: SQLite, start: int, end: int) -> None:
    batch = [Passage(f"p{n}", "item", f"word{n} of many", metadata={"n": n}) for n in range(start, end)]
    store.add(batch, embedded([p.id for p in batch], seed=start))


def found(store: SQLite, k: int = 999, where: str = "") -> set[str]:
    """Ids found by vector, after seeing that every way agrees."""
    filter_ = parse(where) if where else None
    ids = {hit.id for hit in store.search(embedded(["q"], 7), k, filter_)}
    assert ids == {hit.id for hit in store.search_text("many", k, filter_)}
    assert len(ids) == min(k, store.count(filter_))
    return ids


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
