"""Task objects of the package `mteb` as tasks of likewise, with the same data, splits, seeds and sampling."""

from __future__ import annotations

from typing import Any

from likewise.errors import InputError
from likewise.evaluation._mteb import tasks_of
from likewise.evaluation._task import Task

__all__ = ["from_mteb"]


def from_mteb(task: Any) -> tuple[Task, ...]:
    """A task for every split and subset that `task`, an object of mteb 2, evaluates; named Name, or Name split subset.

    Its data is loaded where it is not yet, which for mteb's own tasks is a download. Raises InputError for a kind, or
    a change of its protocol, that likewise does not know; `evaluate` lets mteb run such a task itself.
    """
    made = tasks_of(task)
    if made is None:
        raise InputError(
            f"{task.metadata.name} is a {type(task).__name__}, a kind that likewise does not know: give it to "
            "likewise.evaluation.evaluate, which lets mteb run it"
        )
    return made
