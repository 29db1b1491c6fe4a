"""Rows of tables with their values: CSV, TSV, JSON lines and Parquet, plain or gzipped."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO, cast

from likewise.errors import InputError

__all__ = ["SUFFIXES", "Row", "lines", "rows", "suffix"]

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_LONGEST = 16 * 1024 * 1024
Row = dict[str, Any]


def suffix(path: Path) -> str:
    """What a file is by its name: .csv for a.csv and for A.CSV.gz."""
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


def rows(path: Path, wanted: str = "wanted") -> Iterator[Row]:
    """Every row of a table, column -> value; the values of CSV and TSV are strings.

    Raises InputError with the file and the line for what cannot be read; `wanted` are the words before the number of
    cells that a row should have had.
    """
    kind = suffix(path)
    if kind == ".parquet":
        return _parquet(path)
    return _objects(path) if kind in (".jsonl", ".ndjson") else _cells(path, "\t" if kind == ".tsv" else ",", wanted)


def lines(path: Path) -> Iterator[str]:
    """The lines of a text with their ends, plain or gzipped. Raises InputError for what cannot be read as UTF-8."""
    try:
        with _opened(path) as stream:
            yield from stream
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}): convert it with iconv") from error
    except (OSError, EOFError, zlib.error) as error:
        raise _unread(path, error) from error


def _opened(path: Path) -> TextIO:
    if path.suffix.lower() == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")


def _unread(path: Path, error: Exception) -> InputError:
    return InputError(f"{path}: {getattr(error, 'strerror', None) or error}; give a table that can be read")


def _cells(path: Path, delimiter: str, wanted: str) -> Iterator[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))
    reader = csv.reader(lines(path), delimiter=delimiter)
    try:
        header = next(reader, [])
        for cells in reader:
            if cells and len(cells) != len(header):
                raise InputError(f"{path}, line {reader.line_num}: {len(cells)} cells, {wanted} {len(header)}")
            if cells:
                yield dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}") from error


def _objects(path: Path) -> Iterator[Row]:
    for number, line in enumerate(lines(path), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: not JSON: {error}") from error
        if not isinstance(found, dict):
            raise InputError(f"{path}, line {number}: a {type(found).__name__}, wanted an object with fields")
        yield found


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from batch.to_pylist()
    except pyarrow.ArrowException as error:
        raise InputError(f"{path} is no Parquet file: {error}") from error
    except OSError as error:
        raise _unread(path, error) from error
