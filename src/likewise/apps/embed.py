"""Texts in, vectors out: rows of any number through an encoder into a sink, in bounded memory."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from likewise.apps._rows import Row
from likewise.apps._sinks import Encoded, Sink
from likewise.encoders import Encoder
from likewise.types import Embeddings, Item, Report, Role

__all__ = ["embed"]

_NAMED = 1000


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
    overflow: Literal["truncate", "error", "mean"] = "truncate",
    tick: Callable[[int], None] | None = None,
) -> Embedded:
    """Encode rows in order into a sink and finish it; a row that fails is written as such and stops nothing.

    `tick` is told after every batch how many rows are done.
    """
    start = time.perf_counter()
    seen = written = failed = truncated = 0
    complaints: list[tuple[int, str]] = []
    for batch in _encoded(rows, encoder, role, overflow):
        sink.write([done for _, done in batch])
        seen += len(batch)
        written += sum(done.vector is not None for _, done in batch)
        truncated += sum(done.truncated for _, done in batch)
        bad = [(row.line, done.error) for row, done in batch if done.vector is None]
        failed += len(bad)
        complaints += bad[: _NAMED - len(complaints)]
        if tick is not None:
            tick(seen)
    sink.finish()
    return Embedded(seen, written, failed, truncated, tuple(complaints), time.perf_counter() - start)


def _encoded(
    rows: Iterable[Row], encoder: Encoder, role: Role, overflow: Literal["truncate", "error", "mean"]
) -> Iterator[list[tuple[Row, Encoded]]]:
    """Rows with what became of them, in order: bad rows wait in a queue for the good ones read before them."""
    waiting: deque[Row] = deque()

    def good() -> Iterator[Item]:
        for row in rows:
            waiting.append(row)
            if not row.error:
                yield Item(id=str(row.line), content=row.text)

    for embeddings in encoder.stream(good(), role, overflow=overflow):
        yield list(_paired(waiting, embeddings))
    yield [(row, Encoded(row.id, None, error=row.error)) for row in waiting]


def _paired(waiting: deque[Row], embeddings: Embeddings) -> Iterator[tuple[Row, Encoded]]:
    for at, report in enumerate(embeddings.reports):
        while waiting[0].error:
            bad = waiting.popleft()
            yield bad, Encoded(bad.id, None, error=bad.error)
        row = waiting.popleft()
        yield row, _outcome(row, embeddings, at, report)


def _outcome(row: Row, embeddings: Embeddings, at: int, report: Report) -> Encoded:
    if not report.ok:
        return Encoded(row.id, None, report.seen, report.used, error=report.error)
    return Encoded(row.id, embeddings.vectors[at], report.seen, report.used, report.truncated)
