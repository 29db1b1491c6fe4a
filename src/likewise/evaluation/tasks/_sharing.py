"""Pairs that share a side are no independent witnesses: they are drawn together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from likewise.evaluation._outcome import Rows

__all__ = ["Drawn", "drawn"]

_MOST: Final = 0.5


@final
@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What is drawn anew in a task of pairs: its name, the names of all, the score of some, what a reader must know."""

    unit: str
    units: tuple[str, ...]
    again: Callable[[Rows], float]
    notes: tuple[str, ...] = ()


def drawn(one: Sequence[object], other: Sequence[object], score: Callable[[Rows], float]) -> Drawn:
    """Groups of pairs that share a text, also through others; the pairs where none does, or one group holds half.

    `score` is that of rows of pairs, a row perhaps several times. Contents other than texts are each their own.
    """
    groups = _groups(one, other)
    every = np.arange(len(groups))
    sizes = np.bincount(groups)
    told = f"{int(sizes[sizes > 1].sum()):,} of {len(groups):,} pairs share a text with another"
    if sizes.max() == 1:
        return Drawn("pair", tuple(map(str, every)), score)
    if sizes.max() > _MOST * len(groups):
        return Drawn("pair", tuple(map(str, every)), score, (f"{told}: intervals take them for independent",))

    def again(rows: Rows) -> float:
        return score(np.repeat(every, np.bincount(rows, minlength=len(sizes))[groups]))

    note = f"{told}: intervals are over {len(sizes):,} groups of such pairs"
    return Drawn("group", tuple(map(str, range(len(sizes)))), again, (note,))


def _groups(one: Sequence[object], other: Sequence[object]) -> Rows:
    """The group of every pair, numbered in their order: components of the graph whose edges are pairs."""
    parents: dict[object, object] = {}

    def root(name: object) -> object:
        while parents.setdefault(name, name) != name:
            parents[name] = parents[parents[name]]
            name = parents[name]
        return name

    names = [
        tuple(_named(side, at, content) for side, content in enumerate(pair))
        for at, pair in enumerate(zip(one, other, strict=True))
    ]
    for left, right in names:
        parents[root(left)] = root(right)
    roots = [root(left) for left, _ in names]
    places = {name: at for at, name in enumerate(Counter(roots))}
    return np.array([places[name] for name in roots], np.intp)


def _named(side: int, at: int, content: object) -> object:
    return content if isinstance(content, str) else (side, at)
