"""What is the matter with data, before anything is trained on it or judged by it."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from likewise.apps._data_copies import copies, leakage
from likewise.apps._data_finding import Finding, Trouble, shared
from likewise.apps._data_labels import balance, doubtful, labels_of, missing
from likewise.apps._data_pairs import Trained, false_negatives, trained
from likewise.apps._data_texts import languages, lengths, truncation
from likewise.apps._points import Source, points
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.types import Points

__all__ = ["doctor_data"]

_GRAVE: Final = ("mend", "look", "fine")


@final
@dataclass(frozen=True, slots=True)
class Examined:
    """What was found, the gravest first, over so many rows of data and of test data."""

    findings: tuple[Finding, ...]
    rows: int
    test_rows: int
    model: str

    @property
    def ok(self) -> bool:
        """Whether nothing has to be mended."""
        return all(finding.level != "mend" for finding in self.findings)

    @property
    def leave_out(self) -> tuple[str, ...]:
        """The ids of rows without which the data is better, in the order in which they were found."""
        ids = (t.id for finding in self.findings for t in finding.troubles if t.leave_out)
        return tuple(dict.fromkeys(ids))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write every row that a finding is about to a .csv: check, id, other, score, why, leave_out."""
        with Path(path).expanduser().open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["check", "id", "other", "score", "why", "leave_out"])
            for finding in self.findings:
                for t in finding.troubles:
                    score = "" if t.score is None else f"{t.score:.6f}"
                    writer.writerow([finding.check, t.id, t.other, score, t.why, int(t.leave_out)])


def doctor_data(
    source: Source | None = None,
    test: Source | None = None,
    *,
    pairs: str | os.PathLike[str] | None = None,
    label: str = "",
    model: str | os.PathLike[str] | Encoder | None = None,
    threshold: float = 0.95,
    seed: int = 0,
) -> Examined:
    """What is the matter with a source (see `likewise.apps._points`), beside the `test` data it will be judged by.

    Asked are: what has no vector, lengths, truncation, languages, duplicates (word for word, nearly, or of a cosine of
    at least `threshold`), leakage from train into test, labels (metadata field `label`) that copies or neighbours
    contradict, imbalance, classes on one side only. `pairs` is a table of training pairs (anchor, positive, perhaps
    negative), asked for false negatives; alone or beside a source. Raises InputError where there is nothing to look at.
    """
    if source is None and pairs is None:
        raise InputError("there is nothing to look at: give a source, or a table of training pairs")
    found: list[Finding] = []
    tried = None if test is None else points(test, model=model)
    rows = 0
    name = ""
    if source is not None:
        looked = points(source, model=model)
        rows, name = len(looked), looked.space.model
        found += _source(looked, tried, label, threshold, seed)
    if pairs is not None:
        known = trained(pairs, model)
        rows, name = rows + len(known.texts), known.points.space.model
        found += _pairs(known, tried if source is None else None, threshold, seed)
    order = sorted(found, key=lambda finding: _GRAVE.index(finding.level))
    return Examined(tuple(order), rows, 0 if tried is None else len(tried), name)


def _source(looked: Points, tried: Points | None, label: str, threshold: float, seed: int) -> Iterator[Finding]:
    labels = labels_of(looked, label)
    if label and not labels:
        there = sorted({name for p in looked.passages for name in p.metadata})
        raise InputError(f"nothing has a label {label!r} (fields: {', '.join(there) or 'none'})")
    yield from _refused(looked, "vectors")
    yield from lengths(looked)
    yield from truncation(looked)
    yield from languages(looked, seed)
    yield from copies(looked, labels, threshold, seed)
    if labels:
        yield from balance(labels)
        yield from doubtful(looked, labels, seed)
    if tried is not None:
        others = labels_of(tried, label)
        yield from _refused(tried, "vectors of test data")
        yield from leakage(looked, tried, (labels, others), threshold, seed)
        if labels and others:
            yield from missing(labels, others)


def _pairs(known: Trained, tried: Points | None, threshold: float, seed: int) -> Iterator[Finding]:
    yield from lengths(known.points)
    yield from truncation(known.points)
    yield from languages(known.points, seed)
    yield from false_negatives(known, threshold, seed)
    if tried is not None:
        yield from leakage(known.points, tried, ({}, {}), threshold, seed)


def _refused(looked: Points, check: str) -> Iterator[Finding]:
    """What could not be turned into vectors."""
    lost, rows = looked.refused, len(looked) + len(looked.refused)
    yield Finding(
        check,
        "mend" if lost else "fine",
        f"{len(lost):,} of {rows:,} rows have no vector",
        "mend them or leave them out" if lost else "",
        shared(len(lost), rows),
        tuple(Trouble(report.id, report.error, leave_out=True) for report in lost),
    )
