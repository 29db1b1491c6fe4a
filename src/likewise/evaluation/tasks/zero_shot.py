"""Zero-shot classification: whether the words for a class lie nearest to what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation._outcome import Outcome
from likewise.evaluation._task import Input, Task, units
from likewise.evaluation.tasks._paired import numbered
from likewise.types import Role, Vectors

__all__ = ["ZeroShot"]


@final
@dataclass(frozen=True)
class ZeroShot(Task):
    """Items, the class of each, and for every class the words that describe it.

    Raises InputError for a class that is not described, and for fewer than two.
    """

    kind: ClassVar[str] = "zero_shot"
    metric: ClassVar[str] = "accuracy"
    name: str
    items: Sequence[object] = field(repr=False)
    classes: Sequence[str | int] = field(repr=False)
    described: Mapping[str, object] | Mapping[int, object] = field(repr=False)
    role: Role = "document"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.items) != len(self.classes) or not len(self.items):
            raise InputError(f"{self.name}: {len(self.items)} items and {len(self.classes)} classes; one for each item")
        if len(self.described) < 2:
            raise InputError(f"{self.name}: {len(self.described)} classes are described, wanted at least two")
        for label in self.classes:
            if label not in self.described:
                raise InputError(f"{self.name}: the class {label!r} is not described; add it to the labels")

    @property
    def inputs(self) -> Mapping[str, Input]:
        names = [f"class {label}" for label in self.described]
        return {
            "classes": Input(names, tuple(self.described.values()), self.role),
            "items": Input(numbered(len(self.items)), self.items, self.role),
        }

    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """Accuracy and F1 of the class whose words are nearest by cosine."""
        places = {label: at for at, label in enumerate(self.described)}
        found = np.argmax(units(vectors["items"]) @ units(vectors["classes"]).T, axis=1)
        found[~vectors["items"].any(axis=1)] = -1  # what could not be encoded is of no class
        truth = np.array([places[label] for label in self.classes])
        f1 = parts.find("metrics", "f1")
        scores = {
            "accuracy": parts.find("metrics", "accuracy")(found, truth),
            "f1": f1(found, truth),
            "f1_weighted": f1(found, truth, average="weighted"),
        }
        values = (found == truth).astype(np.float64)
        names = numbered(len(truth))
        return Outcome(
            self.name, self.kind, self.metric, scores, "item", names, values, lambda r: float(values[r].mean()), (),
            self.notes,
        )  # fmt: skip
