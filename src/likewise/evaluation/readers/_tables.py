"""Rows of tables with their values: JSON lines, CSV, TSV and Parquet, plain or gzipped, in one file or in parts."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO, cast

from likewise.errors import InputError

__all__ = ["SUFFIXES", "Row", "is_table", "named", "rows", "splits"]

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
_LONGEST = 16 * 1024 * 1024
Row = dict[str, Any]


def is_table(path: Path) -> bool:
    """Whether a file is a table, by its name."""
    return path.is_file() and _suffix(path) in SUFFIXES and not path.name.startswith(".")


def _suffix(path: Path) -> str:
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    return plain.suffix.lower()


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
    return [row for path in paths for row in _read(path)]


def _read(path: Path) -> Iterator[Row]:
    suffix = _suffix(path)
    try:
        if suffix == ".parquet":
            yield from _parquet(path)
            return
        with _opened(path) as stream:
            if suffix in (".jsonl", ".ndjson"):
                yield from _objects(path, stream)
            else:
                yield from _cells(path, stream, "\t" if suffix == ".tsv" else ",")
    except (OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}); convert it with iconv") from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")


def _objects(path: Path, stream: TextIO) -> Iterator[Row]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: not JSON: {error}") from error
        if not isinstance(found, dict):
            raise InputError(f"{path}, line {number}: a {type(found).__name__}, wanted an object with fields")
        yield found


def _cells(path: Path, stream: TextIO, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))
    reader = csv.reader(stream, delimiter=delimiter)
    try:
        header = next(reader, [])
        for cells in reader:
            if cells and len(cells) != len(header):
                raise InputError(f"{path}, line {reader.line_num}: {len(cells)} cells, the header has {len(header)}")
            if cells:
                yield dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}") from error


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from batch.to_pylist()
    except pyarrow.ArrowException as error:
        raise InputError(f"{path} is no Parquet file: {error}") from error
