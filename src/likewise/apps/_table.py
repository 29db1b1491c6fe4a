"""Rows of a table as strings: CSV, TSV, JSON lines, Parquet and plain lines, for labels, pairs and texts."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from likewise.errors import InputError

__all__ = ["SUFFIXES", "column", "rows"]

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".txt")
_LONGEST = 16 * 1024 * 1024


def rows(path: str | Path) -> list[dict[str, str]]:
    """Every row of a table, column -> text; a missing value is "". Lines of a .txt have one column, `text`.

    Raises InputError with the file and the line where it is no such table.
    """
    path = Path(path).expanduser()
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path} is no table: give one of {', '.join(SUFFIXES)}")
    try:
        if path.suffix.lower() == ".parquet":
            return list(_parquet(path))
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(_read(path, stream))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give a table that exists") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}): convert it with iconv") from error


def column(table: list[dict[str, str]], name: str | None, among: Iterable[str], path: str | Path) -> str:
    """The name of a column: as asked for, else the first of the usual ones. InputError with those there are."""
    known = list(table[0]) if table else []
    wanted = [name] if name else list(among)
    for one in wanted:
        if one in known:
            return one
    there = ", ".join(map(repr, known)) or "none: the table is empty"
    raise InputError(f"{path} has no column {' or '.join(map(repr, wanted))} (columns: {there})")


def _read(path: Path, stream: Iterable[str]) -> Iterator[dict[str, str]]:
    suffix = path.suffix.lower()
    if suffix == ".txt":
        return ({"text": line.rstrip("\r\n")} for line in stream if line.strip())
    if suffix in (".jsonl", ".ndjson"):
        return _objects(path, stream)
    return _cells(path, stream, "\t" if suffix == ".tsv" else ",")


def _cells(path: Path, stream: Iterable[str], delimiter: str) -> Iterator[dict[str, str]]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))
    reader = csv.reader(stream, delimiter=delimiter)
    try:
        header = next(reader, [])
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise InputError(f"{path}, line {reader.line_num}: {len(cells)} cells, wanted {len(header)}")
            yield dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}") from error


def _objects(path: Path, stream: Iterable[str]) -> Iterator[dict[str, str]]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: not JSON: {error}") from error
        if not isinstance(found, dict):
            raise InputError(f"{path}, line {number}: a {type(found).__name__}, wanted an object with fields")
        yield {str(key): _text(value) for key, value in found.items()}


def _parquet(path: Path) -> Iterator[dict[str, str]]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from ({key: _text(value) for key, value in row.items()} for row in batch.to_pylist())
    except pyarrow.ArrowException as error:
        raise InputError(f"{path} is no Parquet file: {error}") from error


def _text(value: Any) -> str:
    """A value as text: strings as they are, nothing as "", all else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
