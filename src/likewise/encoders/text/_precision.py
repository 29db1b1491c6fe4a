"""What `precision="auto"` takes: the fastest that stays near fp32 on this machine, measured once and remembered."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter

import numpy as np

from likewise.encoders.text._batch import batch
from likewise.runtimes import Array, Runtime, Tokens
from likewise.saving import cached
from likewise.space import TOLERANCE
from likewise.types import Vectors

__all__ = ["Trial", "best", "trials"]

_ROWS, _BATCH, _TOKENS, _ROUNDS = 24, 12, 48, 3
_CLEARLY = 1.2


@dataclass(frozen=True, slots=True)
class Trial:
    """A precision measured: the time of a batch in milliseconds, and the largest cosine distance to fp32."""

    precision: str
    milliseconds: float
    distance: float


def best(found: Sequence[Trial]) -> str:
    """The fastest that stays within the tolerance of spaces; the first, which is fp32, unless another clearly wins."""
    near = min((t for t in found if t.distance <= TOLERANCE), key=lambda t: t.milliseconds)
    return near.precision if _CLEARLY * near.milliseconds <= found[0].milliseconds else found[0].precision


def trials(
    key: str, candidates: Sequence[str], compile_: Callable[[str], Runtime], rows: Sequence[Tokens]
) -> tuple[Trial, ...]:
    """What every candidate measured, fp32 first; `key` names machine, runtime and model, for which it is kept."""

    def make() -> bytes:
        return json.dumps([asdict(t) for t in _measured(candidates, compile_, rows)]).encode()

    return tuple(Trial(**trial) for trial in json.loads(cached("precisions", key, make)))


def _measured(candidates: Sequence[str], compile_: Callable[[str], Runtime], rows: Sequence[Tokens]) -> list[Trial]:
    short = [row[:_TOKENS] for row in rows[:: max(1, len(rows) // _ROWS)]]
    batches = [batch(short[start : start + _BATCH]) for start in range(0, len(short), _BATCH)]
    found: list[Trial] = []
    exact: Vectors | None = None
    for precision in candidates:
        runtime = compile_(precision)
        vectors, took = _run(runtime, batches)
        exact = vectors if exact is None else exact
        found.append(Trial(precision, 1000 * took / len(batches), _distance(vectors, exact)))
    return found


def _run(runtime: Runtime, batches: Sequence[tuple[Array, ...]]) -> tuple[Vectors, float]:
    vectors = np.concatenate([runtime.run(*inputs)[0] for inputs in batches])  # warms it too
    took = []
    for _ in range(_ROUNDS):
        start = perf_counter()
        for inputs in batches:
            runtime.run(*inputs)
        took.append(perf_counter() - start)
    return vectors, min(took)


def _distance(found: Vectors, exact: Vectors) -> float:
    a, b = found.astype(np.float64), exact.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    far = 1 - (a * b).sum(axis=1) / np.maximum(lengths, 1e-12)
    return float(np.nan_to_num(far, nan=2.0).max())
