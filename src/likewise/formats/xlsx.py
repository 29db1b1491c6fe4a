"""Excel workbooks (XLSX), row by row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._rows import Table
from likewise.formats._zip import check_container
from likewise.types import Part

__all__ = ["Xlsx"]


@final
class Xlsx(Format):
    """Each row of each sheet a record `header: value; ...`; formulas show the value last computed, nothing is run."""

    name = "xlsx"
    suffixes = (".xlsx", ".xlsm", ".xltx", ".xltm")

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if "xl/workbook.xml" in file.members else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        check_container(file.handle, file.limits)
        import openpyxl

        warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions that do not matter here
        book = openpyxl.load_workbook(file.handle, read_only=True, data_only=True, keep_links=False)
        try:
            for ours, value in (("title", book.properties.title), ("author", book.properties.creator)):
                if value:
                    file.metadata[ours] = str(value)
            file.metadata["sheets"] = len(book.sheetnames)
            for sheet in book.worksheets:  # charts have no rows
                yield from _sheet(sheet, str(sheet.title), file)
        finally:
            book.close()


def _sheet(sheet: Any, name: str, file: File) -> Iterator[Part]:
    table = Table(name)
    sheet.reset_dimensions()  # a stray cell far away must not fill every row up to its column
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            file.tick()
            yield from table.row([_shown(value) for value in row], number)
        yield from table.rest()
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise FormatError("damaged", f"sheet {name!r} breaks off: {error}") from error


def _shown(value: object) -> str:
    """A cell as a reader sees it: dates without midnight, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value).strip()
