"""Rows of numbers in text: tables of a motion sensor, and the cases of sktime's .ts files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import FormatError
from likewise.formats import File

__all__ = ["Table", "cases", "lines", "table"]

_TIME = re.compile(r"^(?:t|time|timestamp|elapsed|seconds?)?[ _(\[]*(s|sec|ms|us|ns)?[)\]]*$", re.I)
_SCALE = {"ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_SPEED = re.compile(r"acc|^a[_ ]?[xyz]|^[xyz]$", re.I)
_TURN = re.compile(r"gyr|^g[_ ]?[xyz]|^w[_ ]?[xyz]|omega|rot", re.I)
_MARKS = re.compile(r"[,;\t ]+")
_CHUNK = 4096
_LONGEST = 1 << 24
"""Characters of a line at most."""


@dataclass(frozen=True)
class Table:
    """Rows `(n, axes)` as they come, with the samples a second that their times say (0: they say nothing)."""

    rate: float
    rows: Iterator[NDArray[np.float64]]


def lines(file: File) -> Iterator[str]:
    """The lines of a text, stripped; a line without end is damage."""
    file.handle.seek(0)
    while line := file.handle.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise FormatError("damaged", "a line of it is far too long")
        yield line.decode("utf-8", "replace").strip("\ufeff \t\r\n")


def table(file: File) -> Table:
    """A table of numbers, with or without names above; a column of times, where it is named, says the rate."""
    remaining = (line for line in lines(file) if line and not line.startswith(("#", "%")))
    first = next(remaining, "")
    names = _cells(first)
    header = [] if _row(names) is not None else names
    sample = [row for line in islice(remaining, _CHUNK) if (row := _row(_cells(line))) is not None]
    if not header and (row := _row(names)) is not None:
        sample.insert(0, row)
    if not sample:
        raise FormatError("damaged", "there is no row of numbers in it")
    width = max({len(row) for row in sample}, key=[len(row) for row in sample].count)
    times, columns = _columns(header if len(header) == width else [], width)
    good = np.array([row for row in sample if len(row) == width])
    rate = 0.0 if times is None else _rate(good[:, times[0]] * times[1])
    return Table(rate, _chunks(good, remaining, columns, width, file))


def cases(file: File) -> Iterator[tuple[NDArray[np.float64], str]]:
    """The cases `(n, dimensions)` of a .ts file, each with its label."""
    labelled, begun = False, False
    for line in lines(file):
        if line.lower().startswith("@classlabel"):
            labelled = "true" in line.lower()
        if line.lower().startswith("@data"):
            begun = True
        elif begun and line and not line.startswith(("@", "#")):
            yield _case(line, labelled)
    if not begun:
        raise FormatError("damaged", "there is no @data in it")


def _case(line: str, labelled: bool) -> tuple[NDArray[np.float64], str]:
    *dimensions, label = line.split(":") if labelled else (*line.split(":"), "")
    rows = [_row(_cells(dimension)) for dimension in dimensions]
    good = [row for row in rows if row]
    if not good or len(good) != len(rows):
        raise FormatError("damaged", f"a case of it holds no numbers: {line[:40]!r}")
    count = min(map(len, good))
    return np.array([row[:count] for row in good]).T, label.strip()


def _cells(line: str) -> list[str]:
    return [cell.strip(' "') for cell in (line.split(",") if "," in line else _MARKS.split(line))]


def _row(cells: Iterable[str]) -> list[float] | None:
    """A row of numbers, what is empty or ? missing; None where anything else stands in it."""
    try:
        return [float("nan") if cell in ("", "?") else float(cell) for cell in cells]
    except ValueError:
        return None


def _columns(header: list[str], width: int) -> tuple[tuple[int, float] | None, list[int]]:
    """The column of times and its seconds a unit; the axes, accelerations before turns where names tell them."""
    times = None
    for i, name in enumerate(header):
        if name and (found := _TIME.match(name)):
            times = i, _SCALE.get((found[1] or "").lower(), 1.0)
            break
    rest = [i for i in range(width) if times is None or i != times[0]]
    known = [[i for i in rest if header and what.search(header[i])] for what in (_SPEED, _TURN)]
    chosen = known[0] + [i for i in known[1] if i not in known[0]]
    return times, chosen if known[0] and chosen else rest


def _rate(times: NDArray[Any]) -> float:
    steps = np.diff(times)
    steps = steps[np.isfinite(steps) & (steps > 0)]
    return float(1 / np.median(steps)) if len(steps) else 0.0


def _chunks(
    good: NDArray[np.float64], remaining: Iterator[str], columns: list[int], width: int, file: File
) -> Iterator[NDArray[np.float64]]:
    yield good[:, columns]
    spoilt = 0
    while batch := list(islice(remaining, _CHUNK)):
        file.tick()
        rows = [row for line in batch if (row := _row(_cells(line))) is not None and len(row) == width]
        spoilt += len(batch) - len(rows)
        if rows:
            yield np.array(rows)[:, columns]
    if spoilt:
        file.warnings.append(f"{spoilt:,} lines of it are no rows of {width} numbers, and were left out")
