"""Find what is there twice: word for word, nearly so, or in meaning; say what stays and what may go."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal, final

import numpy as np

from likewise.apps._cells import Units
from likewise.apps._near_pairs import Near, Pairs, near_pairs
from likewise.apps._points import Source, meet, points
from likewise.apps._shingles import jaccard_pairs
from likewise.apps._stars import Link, stars
from likewise.apps._words_of import words_of
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.types import Passage, Points, Report, Vectors

__all__ = ["duplicates"]

Level = Literal["exact", "near", "semantic"]
Keep = Literal["first", "last", "longest", "shortest"]

LEVELS: Final[tuple[Level, ...]] = ("exact", "near", "semantic")
KEEPS: Final[tuple[Keep, ...]] = ("longest", "first", "last", "shortest")
_NOTHING: Final = Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))


@final
@dataclass(frozen=True, slots=True)
class Twin:
    """What may go: by which level it is like the one that stays, and how much.

    The score is 1 for `exact`, the share of five-letter runs that both have for `near`, the cosine for `semantic`.
    """

    passage: Passage
    how: Level
    score: float


@final
@dataclass(frozen=True, slots=True)
class Group:
    """What stays, and its twins, most alike first; each of them is like the one that stays, not only like another."""

    kept: Passage
    twins: tuple[Twin, ...]


@final
@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups, the largest first, and how they were found.

    `items` are the ids of items all of whose passages may go, in their order: `Collection.delete(*found.items)`.
    `recall` is the share of all pairs above the threshold that was met by the search for meaning: 1.0 where all were
    compared, measured on a sample where there are too many, None where the sample holds too few to tell.
    """

    groups: tuple[Group, ...]
    points: int
    items: tuple[str, ...]
    recall: float | None
    way: str
    refused: tuple[Report, ...] = ()

    @property
    def gone(self) -> int:
        """How many points may go."""
        return sum(len(group.twins) for group in self.groups)

    def count(self, how: Level) -> int:
        """How many of them by one level."""
        return sum(twin.how == how for group in self.groups for twin in group.twins)


def duplicates(
    source: Source,
    against: Source | None = None,
    *,
    model: str | os.PathLike[str] | Encoder | None = None,
    threshold: float = 0.9,
    jaccard: float = 0.8,
    levels: Sequence[Level] = LEVELS,
    keep: Keep = "longest",
    seed: int = 0,
) -> Duplicates:
    """What of a source is there twice, or, with `against`, what of it is there too (leakage from train into test).

    `exact` is the same text (where there is none, the same vector), `near` a Jaccard index of five-letter runs of at
    least `jaccard`, `semantic` a cosine of at least `threshold`. Of a group one stays: the `longest` text, the first,
    the last or the shortest; with `against` all that is there stays there. Nothing is deleted here. Raises InputError
    for settings that cannot be meant, SpaceError where two sources have vectors of different models.
    """
    _fit(threshold, jaccard, levels, keep)
    found = points(source, model=model)
    other = None if against is None else points(against, model=model)
    if other is not None and "semantic" in levels:
        meet(found, other)
    once = "exact" in levels
    side, there = _Side(found, keep, once), None if other is None else _Side(other, keep, once)
    made = [_same(side, there) if there and once else _NOTHING]
    made.append(_nearly(side, there, jaccard, seed) if "near" in levels else _NOTHING)
    near = _meant(side, there, threshold, seed) if "semantic" in levels else Near(_NOTHING, 1.0, "none", 0)
    links = side.spread(stars([*made, near.pairs], within=there is None), there)
    groups = _groups(links, side, there or side)
    refused = found.refused + (() if other is None else other.refused)
    return Duplicates(groups, len(found), _items(found, groups), near.recall, near.way, refused)


def _fit(threshold: float, jaccard: float, levels: Sequence[Level], keep: Keep) -> None:
    for name, value in (("threshold", threshold), ("jaccard", jaccard)):
        if not 0 < value <= 1:
            raise InputError(f"{name} is {value}, wanted above 0 and at most 1")
    if not levels or isinstance(levels, str) or any(level not in LEVELS for level in levels):
        raise InputError(f"levels are {levels!r}, wanted some of {', '.join(LEVELS)}")
    if keep not in KEEPS:
        raise InputError(f"keep is {keep!r}, wanted one of {', '.join(KEEPS)}")


@final
class _Side:
    """Points in the order in which they would be kept; what is word for word the same is looked at once."""

    def __init__(self, found: Points, keep: Keep, once: bool) -> None:
        self.points = found
        texts = [words_of(passage) for passage in found.passages]
        sizes = np.array([len(text) for text in texts])
        ways = {"longest": -sizes, "shortest": sizes, "first": np.zeros_like(sizes), "last": -np.arange(len(sizes))}
        self.places: dict[str | bytes | int, int] = {}
        """What it says -> where it stands among the distinct ones."""
        self.rows: list[list[int]] = []
        """For each distinct one the rows that say it, the first to be kept first."""
        for row in np.argsort(ways[keep], kind="stable").tolist():
            key = (texts[row] or _digest(found.vectors[row])) if once else row
            if self.places.setdefault(key, len(self.rows)) == len(self.rows):
                self.rows.append([])
            self.rows[self.places[key]].append(row)
        self.first = np.array([rows[0] for rows in self.rows], np.int64)
        self.texts = [texts[row] for row in self.first]

    def spread(self, links: list[Link], other: _Side | None) -> list[Link]:
        """Links of distinct ones as links of rows: what is word for word the same goes with it, or for it."""
        stays = other or self
        met = {link.gone: link for link in links}
        made = []
        for at, rows in enumerate(self.rows):
            link = met.get(at)
            if link is not None:
                kept = int(stays.first[link.kept])
                made += [Link(row, kept, link.level, link.score) for row in rows]
            elif other is None:
                made += [Link(row, rows[0], 0, 1.0) for row in rows[1:]]
        return made


def _digest(vector: Vectors) -> bytes:
    return hashlib.blake2b(vector.tobytes(), digest_size=16).digest()


def _same(side: _Side, other: _Side) -> Pairs:
    met = [(at, other.places[key]) for key, at in side.places.items() if key in other.places]
    left, right = np.array(met, np.int32).reshape(-1, 2).T
    return Pairs(left, right, np.ones(len(met), np.float32))


def _nearly(side: _Side, other: _Side | None, jaccard: float, seed: int) -> Pairs:
    if other is None:
        return jaccard_pairs(side.texts, jaccard, seed=seed)
    split = len(other.texts)
    some = jaccard_pairs([*other.texts, *side.texts], jaccard, split=split, seed=seed)
    return Pairs(some.left - np.int32(split), some.right, some.scores)


def _meant(side: _Side, other: _Side | None, threshold: float, seed: int) -> Near:
    there = None if other is None else Units(other.points.vectors, other.first)
    return near_pairs(Units(side.points.vectors, side.first), threshold, there, seed)


def _groups(links: list[Link], side: _Side, stays: _Side) -> tuple[Group, ...]:
    made = []
    for kept, some in groupby(sorted(links, key=lambda link: link.kept), key=lambda link: link.kept):
        best = sorted(some, key=lambda link: (link.level, -link.score, link.gone))
        twins = [Twin(side.points.passages[link.gone], LEVELS[link.level], round(link.score, 6)) for link in best]
        made.append(Group(stays.points.passages[kept], tuple(twins)))
    return tuple(sorted(made, key=lambda group: -len(group.twins)))


def _items(found: Points, groups: tuple[Group, ...]) -> tuple[str, ...]:
    """Items of which nothing would stay."""
    gone = Counter(twin.passage.item for group in groups for twin in group.twins)
    whole = Counter(passage.item for passage in found.passages)
    return tuple(item for item, count in whole.items() if gone[item] == count)
