"""Rows of a table as strings, for labels, pairs and texts; beside the tables of every room, plain lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from likewise.errors import InputError
from likewise.sources import _table

__all__ = ["SUFFIXES", "column", "is_table", "row_id", "rows"]

SUFFIXES = (*_table.SUFFIXES, ".txt")


def is_table(path: str | Path) -> bool:
    """Whether a file is a table by its name, gzipped or not."""
    return _table.suffix(Path(path)) in SUFFIXES


def rows(path: str | Path) -> list[dict[str, str]]:
    """Every row of a table, column -> text; a missing value is "". Lines of a .txt have one column, `text`.

    Raises InputError with the file and the line where it is no such table.
    """
    path = Path(path).expanduser()
    if not is_table(path):
        raise InputError(f"{path} is no table: give one of {', '.join(SUFFIXES)}")
    if _table.suffix(path) == ".txt":
        return [{"text": line.rstrip("\r\n")} for line in _table.lines(path) if line.strip()]
    return [{name: _text(value) for name, value in row.items()} for row in _table.rows(path)]


def row_id(row: Mapping[str, str], at: int) -> str:
    """What a row is called: its column `id`, or its number from 0."""
    return row.get("id") or str(at)


def column(table: list[dict[str, str]], name: str | None, among: Iterable[str], path: str | Path) -> str:
    """The name of a column: as asked for, else the first of the usual ones. InputError with those there are."""
    known = list(table[0]) if table else []
    wanted = [name] if name else list(among)
    for one in wanted:
        if one in known:
            return one
    there = ", ".join(map(repr, known)) or "none: the table is empty"
    raise InputError(f"{path} has no column {' or '.join(map(repr, wanted))} (columns: {there})")


def _text(value: Any) -> str:
    """A value as text: strings as they are, nothing as "", all else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
