"""Semantic textual similarity: whether cosines rise where people see more likeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation._outcome import Outcome, Rows
from likewise.evaluation._task import Input, Task
from likewise.evaluation.tasks._paired import pairs, similarities
from likewise.evaluation.tasks._sharing import drawn
from likewise.types import Role, Vectors

__all__ = ["STS"]


@final
@dataclass(frozen=True)
class STS(Task):
    """Pairs, row by row, and how alike people found each: `likeness`, a higher number is more alike.

    Both sides are encoded in `role`. Raises InputError for fewer than two pairs, sides of different
    lengths, a score that is not finite and scores that are all the same.
    """

    kind: ClassVar[str] = "sts"
    metric: ClassVar[str] = "cosine_spearman"
    name: str
    one: Sequence[object] = field(repr=False)
    other: Sequence[object] = field(repr=False)
    likeness: Sequence[float] = field(repr=False)
    role: Role = "document"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 2 <= len(self.one) == len(self.other) == len(self.likeness):
            sizes = f"{len(self.one)}, {len(self.other)} and {len(self.likeness)}"
            raise InputError(f"{self.name}: {sizes} sides and scores, wanted two pairs at least and as many scores")
        told = np.asarray(self.likeness, np.float64)
        if not np.isfinite(told).all():
            row = int(np.flatnonzero(~np.isfinite(told))[0])
            raise InputError(f"{self.name}: the score of pair {row + 1} is {told[row]}; leave out pairs without one")
        if np.ptp(told) == 0:
            raise InputError(
                f"{self.name}: every pair has the score {told[0]:g}; with nothing to tell apart nothing correlates"
            )

    @property
    def inputs(self) -> Mapping[str, Input]:
        return pairs(self.one, self.other, self.role)

    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """Spearman's and Pearson's correlation of similarities, the cosine's first, with what people said."""
        spearman, pearson = parts.find("metrics", "spearman"), parts.find("metrics", "pearson")
        truth = np.asarray(self.likeness, np.float64)
        found = similarities(vectors["one"], vectors["other"])
        scores = {}
        for name, values in found.items():
            scores[f"{name}_spearman"], scores[f"{name}_pearson"] = spearman(values, truth), pearson(values, truth)

        def again(rows: Rows) -> float:
            return float(spearman(found["cosine"][rows], truth[rows]))

        some = drawn(self.one, self.other, again)
        none = np.full(len(some.units), np.nan)
        return Outcome(
            self.name, self.kind, self.metric, scores, some.unit, some.units, none, some.again, (),
            (*self.notes, *some.notes),
        )  # fmt: skip
