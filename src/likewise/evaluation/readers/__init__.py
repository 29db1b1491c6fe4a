"""Readers make tasks of what lies on disk: `beir` of corpus, queries and judgements, `table` of labelled rows.

`read` looks which of them fits. A file `task.toml` beside the data may say what cannot be seen in it:

    name = "arguana"            # else the name of the folder
    kind = "clustering"         # else told by the columns
    split = "validation"        # else test, then validation, dev, train
    note = "made of titles"     # what a reader of the score must know
    own = false                 # retrieval: a query's own id is no answer
    [columns]                   # what the columns are called here
    sentence1 = "Question A"
    [options]                   # of the kind: fraction, most, draws, size, batch, depth, per_label, rounds, seed, role
    fraction = 0.04
"""

from __future__ import annotations

import os
from pathlib import Path

from likewise.errors import InputError
from likewise.evaluation._task import Task
from likewise.evaluation.readers._settings import Settings
from likewise.evaluation.readers._tables import SUFFIXES, is_table, named, splits
from likewise.evaluation.readers.beir import beir
from likewise.evaluation.readers.table import table

__all__ = ["read"]


def read(path: str | os.PathLike[str], *, kind: str | None = None, split: str | None = None) -> tuple[Task, ...]:
    """The tasks of a folder or a table: one, or one for each folder in it that holds one.

    `kind` and `split` go before what `task.toml` says. Raises InputError that names the file where nothing can be
    read, where columns are missing, and for a kind or split that there is not.
    """
    found = Path(path).expanduser()
    if not found.exists():
        raise InputError(f"there is no task at {found}: give a folder or a table of labelled rows")
    asked = Settings.of(found, kind, split)
    if found.is_dir() and (named(found, "corpus") or (found / "qrels").is_dir()):
        return (beir(found, asked),)
    if found.is_file() or splits(found):
        return (table(found, asked),)
    folders = sorted(one for one in found.iterdir() if one.is_dir() and not one.name.startswith("."))
    tasks = [task for one in folders if _holds(one) for task in read(one, kind=kind, split=split)]
    if not tasks:
        raise InputError(f"{found} holds no task: wanted corpus, queries and qrels, or a table ({', '.join(SUFFIXES)})")
    return tuple(tasks)


def _holds(path: Path) -> bool:
    return any(is_table(one) for one in path.rglob("*"))
