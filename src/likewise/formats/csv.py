"""Tables in text: values between commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._decode import decode
from likewise.formats._lines import lines
from likewise.formats._rows import Table
from likewise.types import Part

__all__ = ["Csv"]

_DELIMITERS = ",;\t|"
_FIELD = 1 << 22
"""Characters of a value at most; more is a quote that was never closed."""


@final
class Csv(Format):
    """Each row a record `header: value; ...` at its row, the first one below the header being 2 as in a spreadsheet."""

    name = "csv"
    suffixes = (".csv", ".tsv", ".tab", ".psv")

    def claim(self, file: File) -> Claim:
        return Claim.SUFFIX if file.textual and file.suffix in self.suffixes else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        csv.field_size_limit(_FIELD)
        source = (line.text for line in lines(decode(file)))
        sample: list[str] = []
        for line in source:
            sample.append(line)
            if len(sample) >= 50 or sum(map(len, sample)) > 1 << 16:
                break
        delimiter = "\t" if file.suffix in (".tsv", ".tab") else _delimiter(sample)
        file.metadata["delimiter"] = delimiter
        try:
            yield from _records(csv.reader(_chain(sample, source), delimiter=delimiter), file)
        except csv.Error as error:
            raise FormatError("damaged", f"its rows cannot be told apart: {error}") from error


def _chain(sample: list[str], source: Iterable[str]) -> Iterator[str]:
    yield from sample
    sample.clear()
    yield from source


def _delimiter(sample: list[str]) -> str:
    """The delimiter by which most rows have the same number of columns, more than one."""

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(io.StringIO("".join(sample), newline=""), delimiter=delimiter) if row]
        most = max(set(widths), key=widths.count, default=1)
        return (widths.count(most) / max(len(widths), 1) if most > 1 else 0.0), most

    try:
        return max(_DELIMITERS, key=agreement)
    except csv.Error:
        return ","


def _records(rows: Iterator[list[str]], file: File) -> Iterator[Part]:
    table = Table()
    for number, row in enumerate(rows, 1):
        file.tick()
        yield from table.row([cell.strip() for cell in row], number)
    yield from table.rest()
    if table.header:
        file.metadata["columns"] = ", ".join(table.header)
