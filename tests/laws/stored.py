"""What the laws of stores keep: spaces, vectors and passages made of numbers, and every store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from likewise.stores import Store
from likewise.stores.memory import Memory
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Hits, Passage, Place, Report, Space

DIM = 8
SPACE = Space("tiny", "w", "t", "mean", (("query", "q: "),), 128, DIM, True, "fp32", "numpy", b"probe")
OTHER = replace(SPACE, model="other", weights="v")

MAKERS: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _: Memory(),
    "sqlite": lambda path: SQLite(path / "s.db"),
}


def embedded(ids: list[str], seed: int = 0, space: Space = SPACE) -> Embeddings:
    vectors = np.random.default_rng(seed).standard_normal((len(ids), space.dim)).astype(np.float32)
    return Embeddings(tuple(ids), vectors, space, tuple(Report(i, 1, 1) for i in ids))


def passages(count: int, **metadata: Any) -> list[Passage]:
    return [
        Passage(
            f"p{n}", f"item{n // 3}", f"text number {n} of many", f"title {n}", Place(n, n + 5), {"n": n, **metadata}
        )
        for n in range(count)
    ]


def ids(hits: Hits) -> list[str]:
    return [hit.id for hit in hits]


class StopError(Exception):
    """Raised inside a transaction to leave it."""
