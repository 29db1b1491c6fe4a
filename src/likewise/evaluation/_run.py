"""Tasks run: encode what they ask for, judge the vectors."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, final

import numpy as np

from likewise.encoders import Encoder, load
from likewise.errors import InputError
from likewise.evaluation._mteb import by_mteb, tasks_of
from likewise.evaluation._outcome import Outcome
from likewise.evaluation._task import Input, Task
from likewise.types import Item, OnProgress, Report, Vectors

__all__ = ["Encoded", "encoded", "evaluate"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """The vectors of a task's inputs; how many things they are and the seconds that encoding them took.

    A row of zeros, which is like nothing, stands for what is `refused`.
    `truncated` counts what was longer than the model reads.
    """

    vectors: Mapping[str, Vectors]
    refused: tuple[Report, ...]
    truncated: int
    count: int
    seconds: float


def evaluate(
    model: str | os.PathLike[str] | Encoder, tasks: Iterable[Any], *, progress: OnProgress | None = None
) -> Iterator[Outcome]:
    """The outcome of every task, one by one; `tasks` may hold task objects of the package mteb too.

    Raises ModelError for a model that cannot be loaded, InputError for what is no task.
    """
    encoder = model if isinstance(model, Encoder) else load(model)
    for one in tasks:
        known = (one,) if isinstance(one, Task) else _foreign(one)
        if known is None:
            yield from by_mteb(encoder, one)
        for task in known or ():
            yield _outcome(encoder, task, progress)


def _foreign(task: Any) -> tuple[Task, ...] | None:
    """The tasks of an object of mteb; None where mteb alone can run it."""
    if not hasattr(task, "metadata") or not hasattr(task, "eval_splits"):
        raise InputError(f"{type(task).__name__} {task!r} is no task: read one by likewise.evaluation.read")
    return tasks_of(task)


def _outcome(encoder: Encoder, task: Task, progress: OnProgress | None) -> Outcome:
    made = encoded(encoder, task, progress=progress)
    outcome = task.judge(made.vectors)
    cut = f"{made.truncated:,} of {made.count:,} inputs are longer than {encoder.name} reads and were cut off"
    notes = (*outcome.notes, *((cut,) if made.truncated else ()))
    return replace(outcome, refused=(*outcome.refused, *made.refused), notes=notes)


def encoded(encoder: Encoder, task: Task, *, progress: OnProgress | None = None) -> Encoded:
    """The vectors of everything that a task asks for, each input in its role."""
    vectors: dict[str, Vectors] = {}
    refused: list[Report] = []
    truncated = count = 0
    start = perf_counter()
    for name, given in task.inputs.items():
        made = encoder.encode(_items(given), given.role, progress=progress)
        vectors[name] = np.where(np.isfinite(made.vectors), made.vectors, np.float32(0))
        refused += made.failed
        truncated += len(made.truncated)
        count += len(made)
    return Encoded(vectors, tuple(refused), truncated, count, perf_counter() - start)


def _items(given: Input) -> list[Item]:
    """Contents with the names under which they are told of; what is an item has its modality already."""
    pairs = zip(given.names, given.items, strict=True)
    return [one if isinstance(one, Item) else Item(name, one) for name, one in pairs]
