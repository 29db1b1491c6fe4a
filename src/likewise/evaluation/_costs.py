"""What a contestant costs: encoding timed and counted, in a process of its own or here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final, final

import numpy as np

from likewise.encoders import Encoder
from likewise.evaluation._task import Input
from likewise.types import Item, Report, Role, Vectors

__all__ = ["Costs", "Made", "alone", "made"]

_WARM: Final = 3


@final
@dataclass(frozen=True, slots=True)
class Costs:
    """Items encoded a second; milliseconds for one query alone, the median and the 95th of 100; bytes of a vector.

    `memory` is the peak of its process in bytes, Python and the texts of the tasks counted; None where it had none of
    its own. BM25: documents indexed a second, a query answered, bytes of the index a document.
    """

    items_per_second: float
    latency: float
    latency_95: float
    bytes_per_vector: float
    memory: int | None = None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """The vectors of one input (zeros stand for what is refused), and how long they took; `truncated` were cut."""

    vectors: Vectors
    refused: tuple[Report, ...]
    truncated: int
    seconds: float


def made(encoder: Encoder, given: Input, keep: Path | None = None) -> Made:
    """The vectors of an input; where `keep` is a folder they are taken from there, with their time, or put there."""
    place = None if keep is None or not _plain(given) else keep / _digest(encoder, given)
    if place is not None and place.with_suffix(".json").exists():
        facts = json.loads(place.with_suffix(".json").read_text(encoding="utf-8"))
        refused = tuple(Report(**one) for one in facts["refused"])
        return Made(np.load(place.with_suffix(".npy")), refused, facts["truncated"], facts["seconds"])
    items = [one if isinstance(one, Item) else Item(n, one) for n, one in zip(given.names, given.items, strict=True)]
    start = perf_counter()
    found = encoder.encode(items, given.role)
    seconds = perf_counter() - start
    vectors = np.where(np.isfinite(found.vectors), found.vectors, np.float32(0))
    done = Made(vectors, found.failed, len(found.truncated), seconds)
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        np.save(place.with_suffix(".npy"), done.vectors)
        facts = {"refused": [asdict(r) for r in done.refused], "truncated": done.truncated, "seconds": seconds}
        place.with_suffix(".json").write_text(json.dumps(facts), encoding="utf-8")
    return done


def alone(encoder: Encoder, some: Sequence[tuple[Any, Role]]) -> tuple[float, float]:
    """Milliseconds that one input alone takes: the median and the 95th of 100."""
    for one, role in some[:_WARM]:
        encoder.encode([one], role)
    times = []
    for one, role in some:
        start = perf_counter()
        encoder.encode([one], role)
        times.append(1_000 * (perf_counter() - start))
    return float(np.median(times)), float(np.quantile(times, 0.95))


def _plain(given: Input) -> bool:
    return all(isinstance(one, str) for one in given.items)


def _digest(encoder: Encoder, given: Input) -> str:
    """A name that changes with the model, the role and every text."""
    told = hashlib.sha256(f"{encoder.space.id} {given.role}\0".encode())
    for name, one in zip(given.names, given.items, strict=True):
        told.update(json.dumps([name, one]).encode())
    return told.hexdigest()[:32]
