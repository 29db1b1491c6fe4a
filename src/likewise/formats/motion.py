"""Motions of a body as its sensors write them: tables, NPY, and the cases of sktime's .ts files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import FormatError
from likewise.formats import Claim, File, Plan, Wordless
from likewise.formats._grid import array
from likewise.formats._motions import cases, table
from likewise.formats._windows import Windows
from likewise.types import Media

__all__ = ["Motions"]

_NPY = b"\x93NUMPY"
_USUAL = 50.0
_MOST_AXES = 64
_BLOCK = 1 << 16


@final
class Motions(Wordless):
    """Windows `(n, axes)` of a table or an array; of a .ts file each case. Accelerations stand before turns.

    The rate is the plan's, else that of the table's times, else 50 Hz. What is missing is as it was before.
    """

    name = "motion"
    suffixes = (".csv", ".tsv", ".txt", ".npy", ".ts")
    modalities = ("motion",)
    on_request = True

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if file.head.startswith(_NPY) or file.textual else Claim.NO

    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:  # noqa: ARG002 one modality
        if file.head.startswith(_NPY):
            yield from _cut(_blocks(array(file)), plan, plan.rate or _USUAL, file)
        elif b"@data" in file.head.lower():
            for number, (case, label) in enumerate(cases(file), 1):
                for piece in _cut(iter([case]), plan, plan.rate or _USUAL, file):
                    yield replace(piece, place=replace(piece.place, unit="case", number=number, name=label))
        else:
            found = table(file)
            yield from _cut(found.rows, plan, plan.rate or found.rate or _USUAL, file)


def _blocks(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """An array `(n, axes)`, or one laid on its side, in blocks."""
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or not values.size:
        raise FormatError("damaged", f"its array has the shape {values.shape}, wanted (samples, axes)")
    values = values.T if values.shape[0] <= 9 < values.shape[1] else values
    for at in range(0, len(values), _BLOCK):
        yield values[at : at + _BLOCK]


def _cut(blocks: Iterator[NDArray[Any]], plan: Plan, rate: float, file: File) -> Iterator[Media]:
    windows, last, mended = Windows(plan, rate, axes=1), None, 0
    for block in blocks:
        if not 1 <= block.shape[1] <= _MOST_AXES:
            raise FormatError("damaged", f"it has {block.shape[1]} axes, wanted 1 to {_MOST_AXES}")
        filled, missing = _filled(block.astype(np.float32), last)
        mended += missing
        last = filled[-1]
        yield from windows.feed(filled)
    file.metadata.update(rate=round(rate, 6), duration=round(windows.end, 3))
    yield from windows.finish()
    if mended:
        file.warnings.append(f"{mended:,} of its numbers are missing, and were taken to be as before")


def _filled(block: NDArray[np.float32], last: NDArray[np.float32] | None) -> tuple[NDArray[np.float32], int]:
    """Every axis held where it is missing, from the block before on; before its first number it is 0."""
    finite = np.isfinite(block)
    if finite.all():
        return block, 0
    start = np.zeros(block.shape[1], np.float32) if last is None else last
    held = np.vstack([start, np.where(finite, block, 0)])
    rows = np.where(np.vstack([np.ones_like(finite[:1]), finite]), np.arange(len(held))[:, None], 0)
    rows = np.maximum.accumulate(rows, axis=0)
    return np.take_along_axis(held, rows, axis=0)[1:], int((~finite).sum())
