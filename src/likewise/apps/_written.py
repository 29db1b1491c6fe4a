"""Rows of a table written as the name of the file says, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from likewise.apps._table import is_table, row_id, rows
from likewise.errors import InputError
from likewise.sources._table import SUFFIXES
from likewise.types import Points

__all__ = ["with_columns", "write_rows"]

Row = Mapping[str, str | float | None]


def write_rows(path: str | os.PathLike[str], table: Sequence[Row]) -> Path:
    """Write rows, column -> value, to a .csv, .tsv, .jsonl or .parquet file, beside it first and then moved onto it.

    A row without a column leaves it empty. Raises InputError for another kind of file and where it cannot be written.
    """
    target = Path(path).expanduser()
    if target.suffix.lower() not in SUFFIXES:
        raise InputError(f"{target} is no table: name one of {', '.join(SUFFIXES)}")
    columns = list(dict.fromkeys(name for row in table for name in row))
    beside = target.with_name(f"{target.name}.partial")
    try:
        _write(beside, target.suffix.lower(), columns, table)
        beside.replace(target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _write(path: Path, suffix: str, columns: list[str], table: Sequence[Row]) -> None:
    if suffix == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table({name: [row.get(name) for row in table] for name in columns}), path)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        if suffix in (".jsonl", ".ndjson"):
            file.writelines(json.dumps(dict(row), ensure_ascii=False) + "\n" for row in table)
            return
        writer = csv.DictWriter(file, columns, restval="", delimiter="\t" if suffix == ".tsv" else ",")
        writer.writeheader()
        writer.writerows(table)


def with_columns(source: str | os.PathLike[str], found: Points, extra: Sequence[Row]) -> list[Row]:
    """The rows of the table that points were read from, or their ids and texts, with columns for each point.

    A row of the table that gave no point keeps its place, without them.
    """
    told = dict(zip(found.embeddings.ids, extra, strict=True))
    if not is_table(os.fspath(source)):
        return [{"id": p.id, "item": p.item, "text": p.text, **told[p.id]} for p in found.passages]
    table = enumerate(rows(os.fspath(source)))
    return [{**row, **told.get(row_id(row, at), {})} for at, row in table]
