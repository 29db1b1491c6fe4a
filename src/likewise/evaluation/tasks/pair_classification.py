"""Pair classification: whether the cosine tells pairs that are the same from pairs that are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation._outcome import Numbers, Outcome, Rows
from likewise.evaluation._task import Input, Task
from likewise.evaluation.tasks._paired import pairs, similarities
from likewise.evaluation.tasks._sharing import drawn
from likewise.types import Role, Vectors

__all__ = ["PairClassification"]

_OF = ("ap", "accuracy", "f1", "precision", "recall")


@final
@dataclass(frozen=True)
class PairClassification(Task):
    """Pairs, row by row, and whether each is `same` (True, 1) or not.

    Both sides are encoded in `role`. The main score is that of the cosine; MTEB's is `max_ap`, the best of four
    similarities, which is among the scores. Raises InputError unless there are pairs of both kinds.
    """

    kind: ClassVar[str] = "pair_classification"
    metric: ClassVar[str] = "cosine_ap"
    name: str
    one: Sequence[object] = field(repr=False)
    other: Sequence[object] = field(repr=False)
    same: Sequence[bool | int] = field(repr=False)
    role: Role = "document"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.one) == len(self.other) == len(self.same):
            raise InputError(f"{self.name}: {len(self.one)} pairs, {len(self.same)} labels; give one for each pair")
        if {int(label) for label in self.same} != {0, 1}:
            raise InputError(f"{self.name}: labels must be 0 and 1, and some pairs of both kinds are needed")

    @property
    def inputs(self) -> Mapping[str, Input]:
        return pairs(self.one, self.other, self.role)

    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """Average precision, and accuracy and F1 at the threshold that is best for them, of every similarity."""
        precision = parts.find("metrics", "average_precision")
        same = np.asarray(self.same).astype(bool)
        found = similarities(vectors["one"], vectors["other"])
        scores: dict[str, float] = {}
        for name, values in found.items():
            told = {"ap": precision(values, same), **_best(values, same)}
            scores |= {f"{name}_{key}": told[key] for key in _OF}
        scores |= {f"max_{key}": max(scores[f"{name}_{key}"] for name in found) for key in _OF}

        def again(rows: Rows) -> float:
            return float(precision(found["cosine"][rows], same[rows]))

        some = drawn(self.one, self.other, again)
        none = np.full(len(some.units), np.nan)
        return Outcome(
            self.name, self.kind, self.metric, scores, some.unit, some.units, none, some.again, (),
            (*self.notes, *some.notes),
        )  # fmt: skip


def _best(values: Numbers, same: NDArray[np.bool_]) -> dict[str, float]:
    """Accuracy and F1 at their best thresholds as MTEB finds them: between two neighbours, never below all."""
    order = np.argsort(-values, kind="stable")[:-1]
    right = np.cumsum(same[order])
    taken = np.arange(1, len(order) + 1)
    wrong = taken - right
    accuracy = (right + (~same).sum() - wrong) / len(same)
    f1 = 2 * right / (taken + same.sum())
    at = int(np.argmax(f1))
    return {
        "accuracy": float(accuracy.max()),
        "f1": float(f1[at]),
        "precision": float(right[at] / taken[at]),
        "recall": float(right[at] / same.sum()),
    }
