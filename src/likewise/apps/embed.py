"""Texts in, vectors out: rows of any number through an encoder into a sink, in bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from likewise.apps._rows import Row
from likewise.apps._sinks import Encoded, Sink
from likewise.encoders import Encoder, Overflow
from likewise.types import Report, Role, Vectors

__all__ = ["embed"]

_NAMED = 1000
_ROWS = 1024
_CHARACTERS = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Embedded:
    """The account of a run: rows seen, vectors written, rows failed and cut short.

    `complaints` names the first 1,000 failed rows by line and reason; `failed` counts them all.
    """

    rows: int
    written: int
    failed: int
    truncated: int
    complaints: tuple[tuple[int, str], ...]
    seconds: float


def embed(
    rows: Iterable[Row],
    encoder: Encoder,
    sink: Sink,
    role: Role = "document",
    *,
    overflow: Overflow = "truncate",
    tick: Callable[[int], None] | None = None,
) -> Embedded:
    """Encode rows in order into a sink and finish it; a row that fails is written as such and stops nothing.

    `tick` is told after every batch how many rows are done.
    """
    start = time.perf_counter()
    seen = written = failed = truncated = 0
    complaints: list[tuple[int, str]] = []
    for window in _windows(rows):
        batch = _encoded(window, encoder, role, overflow)
        sink.write(batch)
        seen += len(batch)
        written += sum(done.vector is not None for done in batch)
        truncated += sum(done.truncated for done in batch)
        bad = [(row.line, done.error) for row, done in zip(window, batch, strict=True) if done.vector is None]
        failed += len(bad)
        complaints += bad[: _NAMED - len(complaints)]
        if tick is not None:
            tick(seen)
    sink.finish()
    return Embedded(seen, written, failed, truncated, tuple(complaints), time.perf_counter() - start)


def _windows(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in order, as many at a time as fit the memory meant for them."""
    window: list[Row] = []
    characters = 0
    for row in rows:
        window.append(row)
        characters += len(row.text)
        if len(window) >= _ROWS or characters >= _CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


def _encoded(rows: Sequence[Row], encoder: Encoder, role: Role, overflow: Overflow) -> list[Encoded]:
    """What becomes of the rows, in their order; a row without a text keeps its own error."""
    embeddings = encoder.encode([row.text for row in rows if not row.error], role, overflow=overflow)
    results = zip(embeddings.vectors, embeddings.reports, strict=True)
    return [Encoded(row.id, None, error=row.error) if row.error else _outcome(row, *next(results)) for row in rows]


def _outcome(row: Row, vector: Vectors, report: Report) -> Encoded:
    if not report.ok:
        return Encoded(row.id, None, report.seen, report.used, error=report.error)
    return Encoded(row.id, vector, report.seen, report.used, report.truncated)
