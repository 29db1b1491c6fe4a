"""Regions of a map and their names: groups of points by k-means in the plane, within groups of groups."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import faiss
import numpy as np
from numpy.typing import NDArray

from likewise.apps._topic_words import TopicWords
from likewise.apps._words_of import words_of
from likewise.types import Vectors

if TYPE_CHECKING:
    from likewise.apps._map_drawn import Map

__all__ = ["Region", "Regions", "regions"]

_LEVELS: Final = (12, 60, 300)
_LEAST: Final = (40, 30, 15)
"""How many regions there are of each level at most, and how many points one has at least on average."""
_WORDS: Final = 3
_HEARD: Final = 100
_EDGES: Final = ".,;:'\"-_"


@dataclass(frozen=True, slots=True)
class Region:
    """A name and where it stands; level 0 is the coarsest."""

    text: str
    x: float
    y: float
    level: int
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """The coarsest regions by number, the one of every point `(n,)`, and those of every level for drawing."""

    named: tuple[Region, ...]
    codes: NDArray[np.int32]
    all: tuple[Region, ...]


_KNOWN: WeakKeyDictionary[Map, Regions] = WeakKeyDictionary()
"""A page and a picture of one map are often written together."""


def regions(drawn: Map) -> Regions:
    """Regions of a map, each called by the words that stand in it and not elsewhere; none without texts or for few."""
    if drawn not in _KNOWN:
        _KNOWN[drawn] = _found(drawn)
    return _KNOWN[drawn]


def _found(drawn: Map) -> Regions:
    texts = [f"{passage.title}\n{words_of(passage)}" if words_of(passage) else "" for passage in drawn.points.passages]
    n = len(texts)
    if n < 2 * _LEAST[-1] or not any(texts):
        return Regions((), np.full(n, -1, np.int32), ())
    counts = [max(2, min(most, n // least)) for most, least in zip(_LEVELS, _LEAST, strict=True)]
    fine = _grouped(drawn.plane, counts[2], drawn.seed)
    middles, sizes = _middles(drawn.plane, fine)
    levels = [_grouped(middles, count, drawn.seed, sizes) for count in counts[:2]] + [np.arange(len(middles))]
    heard = _some(fine)
    words = TopicWords([texts[row] for row in heard], fine[heard].tolist())
    texts = [text.casefold() for text in texts]
    every: list[Region] = []
    for level, groups in enumerate(levels):
        every += _named(drawn.plane, (groups[fine], groups), words, texts, level)
    named = tuple(one for one in every if one.level == 0)
    return Regions(named, levels[0][fine].astype(np.int32), tuple(every))


def _grouped(spots: Vectors, count: int, seed: int, weights: Vectors | None = None) -> NDArray[np.intp]:
    """The group of every spot, numbered from 0 without gaps, the largest first."""
    count = min(count, len(spots))
    means = faiss.Kmeans(2, count, niter=25, seed=seed, min_points_per_centroid=1, max_points_per_centroid=1024)
    means.train(np.ascontiguousarray(spots), weights=weights)
    found = means.index.search(np.ascontiguousarray(spots), 1)[1][:, 0]
    _, codes, many = np.unique(found, return_inverse=True, return_counts=True)
    rank = np.empty(len(many), np.intp)
    rank[np.argsort(-many, kind="stable")] = np.arange(len(many))
    return rank[codes]


def _some(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """The first rows of every group, enough of them to tell its words."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(groups.max()) + 1))
    place = np.arange(len(groups)) - starts[groups[order]]
    return np.sort(order[place < _HEARD])


def _middles(spots: Vectors, groups: NDArray[np.intp]) -> tuple[Vectors, Vectors]:
    many = np.bincount(groups)
    sums = np.stack([np.bincount(groups, spots[:, axis]) for axis in range(2)], axis=1)
    return np.asarray(sums / many[:, None], np.float32), many.astype(np.float32)


def _named(
    plane: Vectors, groups: tuple[NDArray[np.intp], NDArray[np.intp]], words: TopicWords, texts: list[str], level: int
) -> list[Region]:
    """The regions of a level by the groups of points and of finest regions; each stands on a point in its middle."""
    made: list[Region] = []
    taken: set[str] = set()
    for group in range(int(groups[0].max()) + 1):
        mine = np.flatnonzero(groups[0] == group)
        best = words.best(np.flatnonzero(groups[1] == group).tolist(), 4 * _WORDS)
        text = _told([word for word, _ in best if _common(word, texts, mine)]) or "region"
        text = text if (level or text not in taken) and text != "region" else f"{text} {group + 1}"
        taken.add(text)
        middle = np.median(plane[mine], axis=0)
        x, y = plane[mine[np.argmin(((plane[mine] - middle) ** 2).sum(axis=1))]]  # the median may lie between islands
        made.append(Region(text, float(x), float(y), level, len(mine)))
    return made


def _common(word: str, texts: list[str], rows: NDArray[np.intp]) -> bool:
    """Whether a word stands in more than one of these texts: the oddity of one item names no region."""
    whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    return len(list(islice((row for row in rows if word in texts[row] and whole.search(texts[row])), 2))) == 2


def _told(words: list[str]) -> str:
    """The first words that do not say each other again (file, files)."""
    kept: list[str] = []
    for word in words:
        bare = word.strip(_EDGES)
        if len(bare) > 1 and not any(bare.startswith(k[:4]) and k.startswith(bare[:4]) for k in kept if len(k) > 3):
            kept.append(bare)
    return ", ".join(kept[:_WORDS])
