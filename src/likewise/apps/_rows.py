"""Texts out of a stream, one row at a time: lines, a field of JSON lines or a column of CSV.

Memory is bounded: a line longer than `LONGEST` characters becomes a row with an error, never a string in memory.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, TextIO, cast

from likewise.errors import InputError

__all__ = ["LONGEST", "Layout", "Row", "read_rows"]

Layout = Literal["lines", "jsonl", "csv", "tsv"]
LONGEST = 16 * 1024 * 1024

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Row:
    """One text to encode; `line` counts lines of the input from 1. `error` says why there is no text."""

    line: int
    id: str
    text: str = ""
    error: str = ""


def read_rows(stream: BinaryIO, layout: Layout, column: str | None = None) -> Iterator[Row]:
    """The rows of a stream, in order; a row that cannot be read carries its error and does not end the reading.

    Rows are numbered from 0 for their id unless a field or column `id` names them. Raises InputError where no
    row can be read at all: a column that the header lacks.
    """
    buffered = io.BufferedReader(cast(io.RawIOBase, stream))
    text = _decoded(buffered, "" if layout in ("csv", "tsv") else "\n")
    try:
        rows = _laid_out(text, layout, column)
    except InputError:
        _let_go(text, buffered)
        raise
    return _until_the_end(rows, text, buffered)


def _until_the_end(
    rows: Iterator[Row], text: io.TextIOWrapper, buffered: io.BufferedReader[io.RawIOBase]
) -> Iterator[Row]:
    try:
        yield from rows
    finally:
        _let_go(text, buffered)


def _let_go(text: io.TextIOWrapper, buffered: io.BufferedReader[io.RawIOBase]) -> None:
    """Leave the stream open: whoever opened it closes it."""
    text.detach()
    buffered.detach()


def _laid_out(text: TextIO, layout: Layout, column: str | None) -> Iterator[Row]:
    if layout == "lines":
        return _lines(text)
    if layout == "jsonl":
        return _jsonl(text, column or "text")
    return _csv(text, column, "\t" if layout == "tsv" else ",")


def _decoded(buffered: io.BufferedReader[io.RawIOBase], newline: str) -> io.TextIOWrapper:
    """UTF-8 unless a byte order mark says UTF-16; foreign bytes are kept as surrogates and make a row's error."""
    start = buffered.peek(3)[:3]
    encoding = next((name for bom, name in _BOMS if start.startswith(bom)), "utf-8")
    errors = "replace" if encoding == "utf-16" else "surrogateescape"  # broken UTF-16 has no bytes to keep
    return io.TextIOWrapper(buffered, encoding=encoding, errors=errors, newline=newline)


def _numbered(text: TextIO) -> Iterator[tuple[int, str, str]]:
    """Line number, line without its end, error."""
    number = 0
    while line := text.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST and not line.endswith("\n"):
            while line and not line.endswith("\n"):
                line = text.readline(LONGEST)
            yield number, "", f"longer than {LONGEST:,} characters"
        else:
            yield number, line.removesuffix("\n").removesuffix("\r"), ""


def _foreign(text: str) -> str:
    """The error of a text whose bytes are not UTF-8, or nothing."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        byte = ord(text[error.start]) - 0xDC00
        if 0x80 <= byte <= 0xFF:
            return f"not UTF-8: byte 0x{byte:02x} at character {error.start + 1}; convert the file with iconv"
    return ""


def _lines(text: TextIO) -> Iterator[Row]:
    for number, line, long in _numbered(text):
        error = long or _foreign(line)
        yield Row(number, str(number - 1), "" if error else line, error)


def _jsonl(text: TextIO, field: str) -> Iterator[Row]:
    at = -1
    for number, line, long in _numbered(text):
        if not long and not line.strip():
            continue
        at += 1
        if error := long or _foreign(line):
            yield Row(number, str(at), error=error)
        else:
            yield _record(number, str(at), line, field)


def _record(number: int, default: str, line: str, field: str) -> Row:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return Row(number, default, error=f"not JSON: {error.msg} at column {error.colno}")
    except (ValueError, RecursionError) as error:
        return Row(number, default, error=f"not JSON: {error}")
    if isinstance(value, str):
        return Row(number, default, value)
    if not isinstance(value, dict):
        return Row(number, default, error=f"a {type(value).__name__}, wanted an object with the field {field!r}")
    return _field(number, _name(value.get("id"), default), value, field)


def _field(number: int, name: str, value: dict[str, Any], field: str) -> Row:
    if field not in value:
        there = ", ".join(map(repr, list(value)[:10])) or "none"
        return Row(number, name, error=f"no field {field!r} (fields: {there}); choose one with --column")
    if not isinstance(value[field], str):
        return Row(number, name, error=f"field {field!r} is a {type(value[field]).__name__}, wanted a string")
    return Row(number, name, value[field])


def _name(value: object, default: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        return default
    return str(value)


def _csv(text: TextIO, column: str | None, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    reader = csv.reader(text, delimiter=delimiter)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise InputError(f"the first line is no CSV header: {error}") from error
    at = header.index(_column(header, column))
    key = header.index("id") if "id" in header else -1
    return _records(reader, at, key, header[at])


def _column(header: list[str], column: str | None) -> str:
    wanted = column or ("text" if "text" in header else header[0] if len(header) == 1 else None)
    if wanted in header and wanted is not None:
        return wanted
    there = ", ".join(map(repr, header)) or "none: the input is empty"
    asked = f"no column {wanted!r}" if wanted else "which column holds the text is not clear"
    raise InputError(f"{asked} (columns: {there}); choose one with --column")


def _records(reader: Any, at: int, key: int, column: str) -> Iterator[Row]:
    number = -1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as refusal:
            yield Row(reader.line_num, str(number), error=f"not CSV: {refusal}")
            continue
        name = cells[key] if 0 <= key < len(cells) and cells[key] else str(number)
        if at >= len(cells):
            yield Row(reader.line_num, name, error=f"{len(cells)} cells, so column {column!r} is missing")
        else:
            foreign = _foreign(cells[at])
            yield Row(reader.line_num, name, "" if foreign else cells[at], foreign)
