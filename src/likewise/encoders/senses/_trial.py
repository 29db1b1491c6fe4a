"""Which precision towers run in: the fastest that stays near fp32 on this machine, measured once and remembered."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import final

import numpy as np

from likewise.encoders.text._precision import Trial, best
from likewise.runtimes import Array, Runtime
from likewise.runtimes._cpu import candidates, machine
from likewise.saving import cached
from likewise.types import Vectors

__all__ = ["Choice", "choose"]

_ROUNDS = 3


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """The precision that is taken, and what was measured to choose it: nothing where there was no choice."""

    precision: str
    trials: tuple[Trial, ...] = ()


def choose(
    precision: str,
    runtime: str,
    key: str,
    modalities: Sequence[str],
    compile_: Callable[[str, str], Runtime],
    inputs: Callable[[str], tuple[Array, ...]],
    *,
    large: bool = False,
) -> Choice:
    """The precision meant by `precision`; `compile_(modality, precision)` makes a tower run on `inputs`.

    Every tower counts: times are added up, the distance is the largest of all. A `large` network is not tried twice:
    the runtime takes what should be the quickest here.
    """
    if precision != "auto" or runtime != "openvino" or len(candidates()) < 2 or large:
        return Choice(precision)

    def make() -> bytes:
        return json.dumps([asdict(trial) for trial in _measured(modalities, compile_, inputs)]).encode()

    found = json.loads(cached("precisions", f"{key} {' '.join(modalities)} {machine()}", make))
    trials = tuple(Trial(**trial) for trial in found)
    return Choice(best(trials), trials)


def _measured(
    modalities: Sequence[str],
    compile_: Callable[[str, str], Runtime],
    inputs: Callable[[str], tuple[Array, ...]],
) -> list[Trial]:
    times, far = dict.fromkeys(candidates(), 0.0), dict.fromkeys(candidates(), 0.0)
    for modality in modalities:
        batch = inputs(modality)
        exact: Vectors | None = None
        for precision in candidates():
            runtime = compile_(modality, precision)
            vectors = runtime.run(*batch)[0]  # warms it too
            exact = vectors if exact is None else exact
            times[precision] += _time(runtime, batch)
            far[precision] = max(far[precision], _distance(vectors, exact))
    return [Trial(precision, 1000 * times[precision], far[precision]) for precision in candidates()]


def _time(runtime: Runtime, batch: tuple[Array, ...]) -> float:
    took = []
    for _ in range(_ROUNDS):
        start = perf_counter()
        runtime.run(*batch)
        took.append(perf_counter() - start)
    return min(took)


def _distance(found: Vectors, exact: Vectors) -> float:
    a, b = found.astype(np.float64), exact.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    far = 1 - (a * b).sum(axis=1) / np.maximum(lengths, 1e-12)
    return float(np.nan_to_num(far, nan=2.0).max())
