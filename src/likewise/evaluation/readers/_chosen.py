"""Which split is read, and what the columns of its rows are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from likewise.errors import InputError
from likewise.evaluation.readers._settings import Settings
from likewise.evaluation.readers._tables import Row

__all__ = ["chosen", "renamed", "value"]

_ORDER = ("test", "validation", "dev", "train")


def chosen(splits: Mapping[str, object], asked: Settings, path: Path) -> str:
    """The split to read: the one asked for, else test, validation, dev or train, else the only one."""
    if asked.split:
        if asked.split not in splits:
            raise InputError(f"{path} has no split {asked.split!r}; there are {', '.join(splits) or 'none'}")
        return asked.split
    for name in _ORDER:
        if name in splits:
            return name
    if len(splits) == 1:
        return next(iter(splits))
    raise InputError(f"{path}: which split is meant is not clear; choose one of {', '.join(splits) or 'none'}")


def renamed(rows: list[Row], asked: Settings, path: Path) -> list[Row]:
    """Rows whose columns are called as here. Raises InputError for a column that is not there."""
    if not rows:
        raise InputError(f"{path} has no rows")
    for ours, theirs in asked.columns.items():
        if theirs not in rows[0]:
            raise InputError(f"{path}: task.toml says that {ours} is {theirs!r}; the columns are {_listed(rows[0])}")
    back = {theirs: ours for ours, theirs in asked.columns.items()}
    return [{back.get(name, name): cell for name, cell in row.items()} for row in rows] if back else rows


def value(row: Row, names: Sequence[str], path: Path, number: int) -> Any:
    """The cell of the first of these columns that there is. Raises InputError with the row for one that is missing."""
    for name in names:
        if row.get(name) is not None:
            return row[name]
    raise InputError(f"{path}, row {number}: no {' or '.join(names)}; the columns are {_listed(row)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
