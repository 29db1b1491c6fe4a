"""Find the topics of a collection: clusters with names and representatives, what fits none, and a tree over all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._grouped import Grouping, by_density, by_means
from likewise.apps._mmr import mmr
from likewise.apps._points import Source, points
from likewise.apps._topic_tree import joins
from likewise.apps._topic_words import TopicWords
from likewise.apps._words_of import words_of
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.types import Passage, Points, Report, Vectors

__all__ = ["cluster"]

Method = Literal["hdbscan", "kmeans"]
METHODS: Final[tuple[Method, ...]] = ("hdbscan", "kmeans")
_WORDS: Final = 8
_SHOWN: Final = 3
_NEAREST: Final = 20
_FEW: Final = 5
_SAME: Final = 1e-6
"""How far apart numbers of copies may lie."""
_DIVERSITY: Final = 1 / 3


@final
@dataclass(frozen=True, slots=True)
class Topic:
    """A cluster: how many points, the words that stand in it and not in others, with weights, and typical points."""

    number: int
    size: int
    words: tuple[tuple[str, float], ...]
    typical: tuple[Passage, ...]

    @property
    def name(self) -> str:
        """Its three best words; where there are no words, its most typical point."""
        return ", ".join(word for word, _ in self.words[:3]) or self.typical[0].id


@final
@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree: the topics below it, their words together, and the mean cosine at which its two parts meet.

    A leaf is one topic, has no parts, and a `likeness` of 1.
    """

    topics: tuple[int, ...]
    size: int
    words: tuple[tuple[str, float], ...]
    likeness: float
    parts: tuple[Node, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Clusters:
    """Topics, the largest first, and the number of the topic of every point in order, -1 for those that stand apart.

    `sure` says how sure each is of it, from 0 to 1. `stability` tells for k-means how well each number of clusters came
    out the same again (adjusted Rand index). `tree` is None where there is no topic.
    """

    topics: tuple[Topic, ...]
    ids: tuple[str, ...]
    groups: tuple[int, ...]
    sure: tuple[float, ...]
    tree: Node | None
    stability: tuple[tuple[int, float], ...] = ()
    refused: tuple[Report, ...] = ()

    @property
    def apart(self) -> int:
        """How many points stand apart."""
        return sum(group < 0 for group in self.groups)


def cluster(
    source: Source,
    *,
    model: str | os.PathLike[str] | Encoder | None = None,
    method: Method = "hdbscan",
    count: int | None = None,
    smallest: int | None = None,
    seed: int = 0,
) -> Clusters:
    """The topics of a source.

    hdbscan finds how many there are by density, in spectral coordinates of the graph of neighbours; a cluster has at
    least `smallest` points (default: the 200th part of all, at least 15; of few the 15th part, at least 5). kmeans
    divides into `count` clusters, by default the number that comes out the same again. Both keep outliers apart, and
    give the same for the same seed. Raises InputError for settings that cannot be meant and for fewer than five points.
    """
    found = points(source, model=model)
    _fit(method, count, smallest, len(found))
    if np.ptp(found.units, axis=0).max(initial=0) < _SAME:  # density has no end there, and no second centre
        made = Grouping(np.zeros(len(found), np.int64), np.ones(len(found)))
    elif method == "kmeans":
        made = by_means(found.units, count, seed)
    else:
        made = by_density(found.units, smallest or _smallest(len(found)), seed)
    groups = _by_size(made.groups)
    return _told(found, groups, made)


def _fit(method: Method, count: int | None, smallest: int | None, size: int) -> None:
    if method not in METHODS:
        raise InputError(f"method is {method!r}, wanted one of {', '.join(METHODS)}")
    if size < _FEW:
        raise InputError(f"{size} points are too few to be divided: give at least {_FEW}")
    if count is not None and (method != "kmeans" or not 1 <= count <= size):
        raise InputError(f"count is {count}: it is for kmeans, and from 1 to the number of points ({size})")
    if smallest is not None and (method != "hdbscan" or not 2 <= smallest <= size):
        raise InputError(f"smallest is {smallest}: it is for hdbscan, and from 2 to the number of points ({size})")


def _smallest(size: int) -> int:
    """Fewest points of a cluster, where nobody says."""
    return max(_FEW, min(15, size // 15), size // 200)


def _by_size(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same groups numbered from 0, the largest first; those that nothing is in are gone."""
    there, sizes = np.unique(groups[groups >= 0], return_counts=True)
    order = there[np.argsort(-sizes, kind="stable")]
    place = {int(one): at for at, one in enumerate(order)}
    return np.array([place.get(int(group), -1) for group in groups], np.int64)


def _told(found: Points, groups: NDArray[np.int64], made: Grouping) -> Clusters:
    units = found.units
    count = int(groups.max(initial=-1)) + 1
    words = TopicWords([words_of(passage) for passage in found.passages], groups.tolist())
    means = np.stack([units[groups == at].mean(axis=0) for at in range(count)]) if count else units[:0]
    topics = []
    for at in range(count):
        rows = np.flatnonzero(groups == at)
        typical = tuple(found.passages[row] for row in _typical(units, rows, means[at]))
        topics.append(Topic(at, len(rows), words.best([at], _WORDS), typical))
    return Clusters(
        tuple(topics),
        found.embeddings.ids,
        tuple(int(group) for group in groups),
        tuple(round(float(sure), 4) for sure in made.sure),
        _tree(means, [topic.size for topic in topics], words),
        made.stability,
        found.refused,
    )


def _typical(units: Vectors, rows: NDArray[np.intp], mean: Vectors) -> list[int]:
    """Rows near the middle of a cluster that do not say the same thing."""
    near = rows[np.argsort(-(units[rows] @ mean), kind="stable")[:_NEAREST]]
    return [int(near[at]) for at in islice(mmr(units[near] @ mean, units[near], _DIVERSITY), _SHOWN)]


def _tree(means: Vectors, sizes: Sequence[int], words: TopicWords) -> Node | None:
    nodes = [Node((at,), size, words.best([at], _WORDS), 1.0) for at, size in enumerate(sizes)]
    for one, other, likeness in joins(means, list(sizes)):
        parts = sorted((nodes[one], nodes[other]), key=lambda node: -node.size)
        held = tuple(topic for part in parts for topic in part.topics)
        nodes.append(Node(held, parts[0].size + parts[1].size, words.best(held, _WORDS), likeness, tuple(parts)))
    return nodes[-1] if nodes else None
