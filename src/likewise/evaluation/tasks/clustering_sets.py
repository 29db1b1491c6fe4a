"""Clustering of many small sets, each on its own: MTEB's older form, which many of its published scores have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation._outcome import Outcome
from likewise.evaluation._task import Input, Task
from likewise.evaluation.tasks._learn import learning
from likewise.types import Role, Vectors

__all__ = ["ClusteringSets"]

_BATCH = 500


@final
@dataclass(frozen=True)
class ClusteringSets(Task):
    """`sets` of items with the group of each, clustered one by one. Raises InputError for groups that do not fit."""

    kind: ClassVar[str] = "clustering_sets"
    metric: ClassVar[str] = "v_measure"
    name: str
    sets: Sequence[tuple[Sequence[object], Sequence[str | int]]] = field(repr=False)
    seed: int = 42
    role: Role = "document"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for number, (items, groups) in enumerate(self.sets):
            if len(items) != len(groups) or not len(items):
                raise InputError(f"{self.name}, set {number}: {len(items)} items and {len(groups)} groups")
        if not self.sets:
            raise InputError(f"{self.name}: there is no set to cluster")

    @property
    def inputs(self) -> Mapping[str, Input]:
        return {
            f"set {number}": Input([f"{number}:{row}" for row in range(len(items))], items, self.role)
            for number, (items, groups) in enumerate(self.sets)
            if len(set(groups)) > 1
        }

    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """The mean V-measure over sets; a set of one group has 1, as in MTEB."""
        v_measure = parts.find("metrics", "v_measure")
        values = np.ones(len(self.sets))
        for number, (_, groups) in enumerate(self.sets):
            if len(set(groups)) > 1:
                values[number] = v_measure(self._clustered(vectors[f"set {number}"], len(set(groups))), groups)
        scores = {"v_measure": float(values.mean()), "v_measure_std": float(values.std())}
        names = tuple(f"set {number}" for number in range(len(self.sets)))
        return Outcome(
            self.name, self.kind, self.metric, scores, "set", names, values, lambda r: float(values[r].mean()), (),
            self.notes,
        )  # fmt: skip

    def _clustered(self, vectors: Vectors, count: int) -> Vectors:
        with learning("clustering"):
            from sklearn.cluster import MiniBatchKMeans
        settings = {"batch_size": _BATCH, "n_init": "auto", "random_state": self.seed}
        found: Vectors = MiniBatchKMeans(n_clusters=count, **settings).fit(vectors).labels_
        return found
