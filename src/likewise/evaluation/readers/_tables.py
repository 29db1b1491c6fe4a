"""The tables that a folder holds, by split and by name, and their rows: in one file or in parts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from likewise.sources import _table
from likewise.sources._table import SUFFIXES, Row, suffix

__all__ = ["SUFFIXES", "Row", "is_table", "named", "rows", "splits"]


def is_table(path: Path) -> bool:
    """Whether a file is a table, by its name."""
    return path.is_file() and suffix(path) in SUFFIXES and not path.name.startswith(".")


def _stem(path: Path) -> str:
    """test of test.jsonl.gz, and of test-00000-of-00001.parquet."""
    return path.name.partition(".")[0].partition("-0")[0]


def splits(folder: Path) -> dict[str, list[Path]]:
    """The tables of a folder, or of the folder `data` in it, by the name of their split; its parts in order."""
    inner = folder / "data"
    found: dict[str, list[Path]] = {}
    for path in sorted([*folder.iterdir(), *(inner.iterdir() if inner.is_dir() else ())]):
        if is_table(path):
            found.setdefault(_stem(path), []).append(path)
    return found


def named(folder: Path, name: str) -> list[Path]:
    """The tables that a folder holds under a name: corpus.jsonl.gz, or all of corpus/."""
    inner = folder / name
    if inner.is_dir():
        return [path for path in sorted(inner.iterdir()) if is_table(path)]
    return [path for path in sorted(folder.iterdir()) if is_table(path) and _stem(path) == name]


def rows(paths: Iterable[Path]) -> list[Row]:
    """Every row of tables that follow each other. Raises InputError with file and line for what cannot be read."""
    return [row for path in paths for row in _table.rows(path, "the header has")]
