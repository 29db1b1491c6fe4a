"""Say what a set is about by a few of its own items or sentences, each with how many it stands for."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np

from likewise.apps._encoder_of import encoder_of
from likewise.apps._facility import MOST, representatives
from likewise.apps._points import Source, kept, points
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.metrics._interval import Interval
from likewise.modalities import sentences
from likewise.types import Item, Passage, Points, Report, Vectors
from likewise.where import Filter

__all__ = ["summarize"]

_DRAWS: Final = 20
_LONG: Final = 20
"""Characters of a sentence that can stand for others."""


@final
@dataclass(frozen=True, slots=True)
class Representative:
    """A member of the set, how many are nearest to it (itself among them), and the mean cosine of those with it."""

    passage: Passage
    stands_for: int
    cosine: float


@final
@dataclass(frozen=True, slots=True)
class Summary:
    """Representatives, the most telling first.

    `covered` is the mean cosine of all with the nearest representative, `random` the same for as many drawn at random
    (mean and range of 95 % of twenty draws): how much better than chance the choice is. `chosen_from` is how many rows
    were compared, less than `of` where there are very many. `refused` tells of what has no vector.
    """

    representatives: tuple[Representative, ...]
    covered: float
    random: Interval
    of: int
    chosen_from: int
    refused: tuple[Report, ...] = ()


def summarize(
    source: Source,
    k: int = 5,
    *,
    by_sentence: bool = False,
    model: str | os.PathLike[str] | Encoder | None = None,
    kind: str = "text",
    where: str | Filter | None = None,
    text: str | None = None,
    seed: int = 0,
) -> Summary:
    """The k members of a set (see `likewise.apps._points`) that represent it best: items of any kind, by their vectors.

    `by_sentence` takes texts apart into sentences, encoded with `model` (or that of the collection). Raises InputError
    for k under 1 and for a set without members.
    """
    if k < 1:
        raise InputError(f"k is {k}, wanted at least 1")
    found = points(source, model=model, kind=kind, where=where, text=text)
    if by_sentence:
        found = _sentences(found, source, model)
    units = found.units
    rows = representatives(units, k, seed)
    nearest = units @ units[rows].T  # (n, k)
    owner, cosines = nearest.argmax(axis=1), nearest.max(axis=1)
    owner[rows] = np.arange(len(rows))
    made = tuple(
        Representative(found.passages[row], int((owner == n).sum()), float(nearest[owner == n, n].mean()))
        for n, row in enumerate(rows)
    )
    chance = _chance(units, len(rows), seed)
    return Summary(made, float(cosines.mean()), chance, len(found), min(len(found), MOST), found.refused)


def _sentences(found: Points, source: Source, model: str | os.PathLike[str] | Encoder | None) -> Points:
    """The sentences of passages as points; repeated ones count once."""
    made: dict[str, Passage] = {}
    for passage in found.passages:
        for number, (start, end) in enumerate(sentences(passage.text)):
            words = passage.text[start:end]
            if len(words) >= _LONG:
                place = replace(passage.place, start=passage.place.start + start, end=passage.place.start + end)
                made.setdefault(words, replace(passage, id=f"{passage.id}.{number}", text=words, place=place))
    if not made:
        raise InputError(f"no text here holds a sentence of {_LONG} characters or more")
    passages = list(made.values())
    encoder = encoder_of(source, found.space, model)
    whole = kept(passages, encoder.encode([Item(p.id, p.text) for p in passages], "document"))
    return replace(whole, refused=found.refused + whole.refused)


def _chance(units: Vectors, k: int, seed: int) -> Interval:
    """The mean cosine with the nearest of k rows drawn at random: mean, and the range of 95 % of the draws."""
    rng = np.random.default_rng(seed)
    drawn = [float((units @ units[rng.choice(len(units), k, replace=False)].T).max(1).mean()) for _ in range(_DRAWS)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(float(np.mean(drawn)), float(low), float(high))
