"""Classification: whether a linear classifier learns labels from few vectors."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, final

import numpy as np

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation._outcome import Outcome, Rows
from likewise.evaluation._task import Input, Task
from likewise.evaluation.tasks._drawn import again
from likewise.evaluation.tasks._learn import learning
from likewise.evaluation.tasks._undersampled import folds, rounds
from likewise.types import Role, Vectors

__all__ = ["Classification"]

Label = str | int


@final
@dataclass(frozen=True)
class Classification(Task):
    """Items with labels to learn from (`train`) and to be judged by (`test`); without a test set, five folds.

    As in MTEB: `rounds` times `per_label` examples of every label are drawn by `seed`, logistic regression is fitted
    to them and asked about all of the test set; scores are means over rounds. Raises InputError for labels that do not
    fit and for fewer than two of them.
    """

    kind: ClassVar[str] = "classification"
    metric: ClassVar[str] = "accuracy"
    name: str
    train: tuple[Sequence[object], Sequence[Label]] = field(repr=False)
    test: tuple[Sequence[object], Sequence[Label]] | None = field(default=None, repr=False)
    per_label: int = 8
    rounds: int = 10
    seed: int = 42
    role: Role = "document"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for items, labels in (self.train, *((self.test,) if self.test else ())):
            if len(items) != len(labels):
                raise InputError(f"{self.name}: {len(items)} items and {len(labels)} labels; give one for each item")
        if len(set(self.train[1])) < 2:
            raise InputError(f"{self.name}: {len(set(self.train[1]))} labels to learn, wanted at least two")
        if self.per_label < 1 or self.rounds < 1:
            raise InputError(f"{self.name}: per_label {self.per_label} and rounds {self.rounds}, wanted at least 1")

    @cached_property
    def _drawn(self) -> tuple[tuple[Rows, Rows], ...]:
        """For every round the rows of `train` to learn from, and the rows to judge by."""
        if self.test is None:
            return tuple(folds(self.train[1], self.per_label, self.seed))
        every = np.arange(len(self.test[0]))
        return tuple((rows, every) for rows in rounds(self.train[1], self.per_label, self.rounds, self.seed))

    @cached_property
    def _needed(self) -> Rows:
        """Rows of `train` that are ever looked at; the others are not encoded."""
        if self.test is None:
            return np.arange(len(self.train[0]))
        return np.unique(np.concatenate([rows for rows, _ in self._drawn]))

    @property
    def inputs(self) -> Mapping[str, Input]:
        rows = self._needed.tolist()
        found = {"train": Input([f"train {row}" for row in rows], [self.train[0][row] for row in rows], self.role)}
        if self.test is not None:
            names = [f"test {row}" for row in range(len(self.test[0]))]
            found["test"] = Input(names, self.test[0], self.role)
        return found

    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """Accuracy and F1 of logistic regression, means over rounds; the values are the shares of rounds got right."""
        known, asked = vectors["train"], vectors.get("test", vectors["train"])
        labels, truth = np.asarray(self.train[1]), np.asarray((self.test or self.train)[1])
        right, seen = np.zeros(len(truth)), np.zeros(len(truth))
        scores: list[dict[str, float]] = []
        stopped = 0
        for learnt, judged in self._drawn:
            found, short = _fitted(
                known[np.searchsorted(self._needed, learnt)], labels[learnt], asked[judged], self.seed
            )
            stopped += short
            scores.append(_scores(found, truth[judged]))
            right[judged] += found == truth[judged]
            seen[judged] += 1
        values = right / np.maximum(seen, 1)
        # other examples to learn from are drawn with other items; folds are the items themselves
        runs = [one["accuracy"] for one in scores] if self.test is not None else [0.0]
        means = {key: float(np.mean([one[key] for one in scores])) for key in scores[0]}
        names = tuple(map(str, range(len(truth))))
        short_of = f"the classifier had not settled after 100 steps in {stopped} of {len(scores)} rounds, as in MTEB"
        notes = (*self.notes, *((short_of,) if stopped else ()))
        return Outcome(
            self.name,
            self.kind,
            self.metric,
            means,
            "item",
            names,
            values,
            again(values, runs),
            (),
            notes,
        )


def _fitted(known: Vectors, labels: Rows, asked: Vectors, seed: int) -> tuple[Rows, bool]:
    """What the classifier says, and whether its steps were at an end before it had settled."""
    with learning("classification"):
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found: Rows = LogisticRegression(max_iter=100, random_state=seed).fit(known, labels).predict(asked)
    return found, any(issubclass(one.category, ConvergenceWarning) for one in caught)


def _scores(found: Rows, truth: Rows) -> dict[str, float]:
    accuracy, f1 = parts.find("metrics", "accuracy"), parts.find("metrics", "f1")
    return {
        "accuracy": accuracy(found, truth),
        "f1": f1(found, truth),
        "f1_weighted": f1(found, truth, average="weighted"),
    }
