"""Tasks run: encode what they ask for, judge the vectors."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.evaluation._entries import loaded
from likewise.evaluation._kept import made, writable
from likewise.evaluation._mteb import by_mteb, tasks_of
from likewise.evaluation._outcome import Outcome
from likewise.evaluation._task import Task
from likewise.types import OnProgress, Report, Vectors

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
    model: str | os.PathLike[str] | Encoder,
    tasks: Iterable[Any],
    *,
    keep: str | os.PathLike[str] | None = None,
    progress: OnProgress | None = None,
) -> Iterator[Outcome]:
    """The outcome of every task, one by one; `tasks` may hold task objects of the package mteb too.

    `keep` is a folder in which vectors of texts are kept while they are made: a run that was cut off goes on there,
    and nothing is encoded twice. Raises ModelError for a model that cannot be loaded, InputError for what is no task.
    """
    place = writable(keep)
    encoder = model if isinstance(model, Encoder) else loaded(model)
    for one in tasks:
        known = (one,) if isinstance(one, Task) else _foreign(one)
        if known is None:
            yield from by_mteb(encoder, one)
        for task in known or ():
            yield _outcome(encoder, task, place, progress)


def _foreign(task: Any) -> tuple[Task, ...] | None:
    """The tasks of an object of mteb; None where mteb alone can run it."""
    if not hasattr(task, "metadata") or not hasattr(task, "eval_splits"):
        raise InputError(f"{type(task).__name__} {task!r} is no task: read one by likewise.evaluation.read")
    return tasks_of(task)


def _outcome(encoder: Encoder, task: Task, keep: Path | None, progress: OnProgress | None) -> Outcome:
    found = encoded(encoder, task, keep=keep, progress=progress)
    outcome = task.judge(found.vectors)
    cut = f"{found.truncated:,} of {found.count:,} inputs are longer than {encoder.name} reads and were cut off"
    notes = (*outcome.notes, *((cut,) if found.truncated else ()))
    return replace(outcome, refused=(*outcome.refused, *found.refused), notes=notes)


def encoded(encoder: Encoder, task: Task, *, keep: Path | None = None, progress: OnProgress | None = None) -> Encoded:
    """The vectors of everything that a task asks for, each input in its role; `keep` as for `evaluate`."""
    found = {name: made(encoder, given, keep, progress) for name, given in task.inputs.items()}
    return Encoded(
        {name: one.vectors for name, one in found.items()},
        tuple(report for one in found.values() for report in one.refused),
        sum(one.truncated for one in found.values()),
        sum(len(one.vectors) for one in found.values()),
        sum(one.seconds for one in found.values()),
    )
