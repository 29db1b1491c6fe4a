"""Bitext mining: find the translation of every sentence among those of the other language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation._outcome import Outcome, Rows
from likewise.evaluation._task import Input, Task, units
from likewise.evaluation.tasks._paired import numbered, pairs
from likewise.types import Role, Vectors

__all__ = ["BitextMining"]

_ROWS = 1024  # compared with the whole other side at a time


@final
@dataclass(frozen=True)
class BitextMining(Task):
    """Sentences and, row by row, their translations. Raises InputError for sides of different lengths."""

    kind: ClassVar[str] = "bitext_mining"
    metric: ClassVar[str] = "f1"
    name: str
    one: Sequence[object] = field(repr=False)
    other: Sequence[object] = field(repr=False)
    role: Role = "document"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < len(self.one) == len(self.other):
            raise InputError(
                f"{self.name}: {len(self.one)} and {len(self.other)} sentences; row i of both belongs together"
            )

    @property
    def inputs(self) -> Mapping[str, Input]:
        return pairs(self.one, self.other, self.role)

    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """F1 (weighted, as in MTEB) and accuracy of the nearest by cosine; the values say which were found."""
        f1, accuracy = parts.find("metrics", "f1"), parts.find("metrics", "accuracy")
        found, truth = _nearest(units(vectors["one"]), units(vectors["other"])), np.arange(len(self.one))
        found[~vectors["one"].any(axis=1)] = -1  # what could not be encoded finds nothing
        scores = {"f1": f1(found, truth, average="weighted"), "accuracy": accuracy(found, truth)}
        values = (found == truth).astype(np.float64)

        def again(rows: Rows) -> float:
            return float(f1(found[rows], truth[rows], average="weighted"))

        return Outcome(
            self.name, self.kind, self.metric, scores, "sentence", numbered(len(truth)), values, again, notes=self.notes
        )


def _nearest(one: Vectors, other: Vectors) -> Rows:
    blocks = [np.argmax(one[at : at + _ROWS] @ other.T, axis=1) for at in range(0, len(one), _ROWS)]
    return np.concatenate(blocks)
