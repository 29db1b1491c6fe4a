"""Clustering: whether k-means at the true number of groups finds the groups that people made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import ClassVar, final

import numpy as np

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation._outcome import Outcome, Rows
from likewise.evaluation._task import Input, Task
from likewise.evaluation.tasks._drawn import again, influences
from likewise.evaluation.tasks._learn import learning
from likewise.types import Role, Vectors

__all__ = ["Clustering"]

_LEVEL = Sequence["str | int"]


@final
@dataclass(frozen=True)
class Clustering(Task):
    """Items and the group of each; a list of groups for each item, the widest first, is judged level by level.

    As in MTEB: `fraction` or `most` of the items are encoded (None: all), `draws` times `size` of them are drawn with
    replacement and clustered by mini-batch k-means (`batch` at a time), down to level `depth`. Raises InputError where
    nothing is left to cluster.
    """

    kind: ClassVar[str] = "clustering"
    metric: ClassVar[str] = "v_measure"
    name: str
    items: Sequence[object] = field(repr=False)
    groups: Sequence[str | int | _LEVEL] = field(repr=False)
    fraction: float | None = None
    most: int | None = None
    draws: int = 10
    size: int = 16_384
    batch: int = 512
    depth: int | None = None
    seed: int = 42
    role: Role = "document"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.items) != len(self.groups):
            raise InputError(f"{self.name}: {len(self.items)} items and {len(self.groups)} groups; one for each item")
        if not len(self._taken[0]):
            raise InputError(f"{self.name}: of {len(self.items)} items none is taken; raise fraction or most")

    @cached_property
    def _taken(self) -> tuple[Rows, tuple[tuple[Rows, tuple[Rows, ...]], ...]]:
        """The rows that are encoded; for every level the places among these that have a group there, and the draws."""
        rng = Random(self.seed)  # noqa: S311 (MTEB's own draws)
        rows = np.arange(len(self.items))
        wanted = int(self.fraction * len(rows)) if self.fraction is not None else self.most
        if wanted is not None:
            rows = np.array(rng.sample(range(len(rows)), k=min(wanted, len(rows))), np.intp)
        labels = [self._levels(row) for row in rows.tolist()]
        levels = []
        deepest = max(map(len, labels), default=0)
        for level in range(deepest if self.depth is None else min(self.depth, deepest)):
            there = np.array([at for at, some in enumerate(labels) if len(some) > level], np.intp)
            drawn = tuple(np.array(rng.choices(range(len(there)), k=self.size), np.intp) for _ in range(self.draws))
            levels.append((there, drawn))
        return rows, tuple(levels)

    def _levels(self, row: int) -> Sequence[str | int]:
        group = self.groups[row]
        return (group,) if isinstance(group, str | int | np.integer) else group

    @property
    def inputs(self) -> Mapping[str, Input]:
        rows = self._taken[0].tolist()
        return {"items": Input(tuple(map(str, rows)), [self.items[row] for row in rows], self.role)}

    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """The mean V-measure over draws and levels; its interval is over items, of which a draw takes some."""
        v_measure = parts.find("metrics", "v_measure")
        rows, levels = self._taken
        values: list[float] = []
        moved = np.zeros(len(rows))
        for level, (there, draws) in enumerate(levels):
            names = np.array([self._levels(row)[level] for row in rows[there].tolist()])
            known, classes = np.unique(names, return_inverse=True)
            for drawn in draws:
                found = self._clustered(vectors["items"][there][drawn], len(known))
                values.append(float(v_measure(found, names[drawn])))
                table = np.zeros((int(found.max()) + 1, len(known)))
                np.add.at(table, (found, classes[drawn]), 1)
                np.add.at(moved, there[drawn], influences(table)[found, classes[drawn]] / len(drawn))
        own = np.array(values)
        scores = {"v_measure": float(own.mean()), "v_measure_std": float(own.std())}
        each = own.mean() + len(rows) * moved / len(own)
        note = f"{len(rows):,} of {len(self.items):,} items encoded, clustered {len(own)} times"
        return Outcome(
            self.name, self.kind, self.metric, scores, "item", tuple(map(str, rows.tolist())),
            np.full(len(rows), np.nan), again(each, own), (), (*self.notes, note),
        )  # fmt: skip

    def _clustered(self, vectors: Vectors, count: int) -> Rows:
        """The cluster of every row, by mini-batch k-means as MTEB runs it."""
        with learning("clustering"):
            from sklearn.cluster import MiniBatchKMeans
        settings = {"batch_size": self.batch, "init": "k-means++", "n_init": 1, "random_state": self.seed}
        found: Rows = MiniBatchKMeans(n_clusters=count, **settings).fit_predict(vectors)
        return found
