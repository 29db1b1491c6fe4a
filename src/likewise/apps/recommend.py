"""What somebody may like next, by what they liked and disliked, with the reasons."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._mmr import mmr
from likewise.apps._points import Source, points
from likewise.apps._recommend_scores import scores
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.types import Passage, Points, Report, Vectors
from likewise.where import parse

__all__ = ["recommend"]

_REASONS: Final = 3


@final
@dataclass(frozen=True, slots=True)
class Because:
    """A liked item and its cosine with the one recommended."""

    item: str
    text: str
    cosine: float


@final
@dataclass(frozen=True, slots=True)
class Recommendation:
    """An item, how well it fits, and because of which liked items, the weightiest first."""

    passage: Passage
    score: float
    because: tuple[Because, ...]


@final
@dataclass(frozen=True, slots=True)
class Recommended:
    """Items, the best first; of `of` items `known` were liked or disliked, and `excluded` by name or filter."""

    items: tuple[Recommendation, ...]
    of: int
    known: int
    excluded: int
    refused: tuple[Report, ...] = ()


def recommend(  # noqa: PLR0913 (each is one way of asking, given by its name)
    source: Source,
    liked: Sequence[str],
    disliked: Iterable[str] = (),
    *,
    k: int = 10,
    diversity: float = 0.2,
    half_life: float | None = None,
    exclude: Iterable[str] = (),
    where: str | None = None,
    model: str | os.PathLike[str] | Encoder | None = None,
    kind: str = "text",
    text: str | None = None,
) -> Recommended:
    """The k items of a source (see `likewise.apps._points`) nearest to what was liked and far from what was not.

    `liked` is a history, the newest last; with `half_life`, one that so many others followed counts half. `diversity`
    from 0 to 1 keeps items apart that are alike. What is liked or disliked is not shown again, nor what `exclude` names
    or does not pass `where`. It looks at contents alone, never at what others liked. Raises InputError for an id that
    is not there and where nothing is liked.
    """
    if k < 1:
        raise InputError(f"k is {k}, wanted at least 1")
    if half_life is not None and half_life <= 0:
        raise InputError(f"half_life is {half_life}, wanted above 0")
    found = points(source, model=model, kind=kind, per_item=True, text=text)
    places = {passage.item: row for row, passage in enumerate(found.passages)}
    wanted, unwanted, left = (_rows(names, places) for names in (liked, disliked, exclude))
    if not wanted:
        raise InputError("nothing is liked: name one item at least")
    ages = np.arange(len(wanted))[::-1]
    weights = np.ones(len(wanted)) if half_life is None else 0.5 ** (ages / half_life)
    units = found.units
    fit, parts = scores(units, units[wanted], weights, units[unwanted])
    known = {*wanted, *unwanted}
    passing = _passing(found, where)
    free = [row for row in range(len(found)) if row not in known and row not in left and passing(row)]
    chosen = [free[at] for at in islice(mmr(fit[free], units[free], diversity), k)] if free else []
    made = tuple(
        Recommendation(found.passages[row], float(fit[row]), _because(found.passages, units, row, wanted, parts[row]))
        for row in chosen
    )
    return Recommended(made, len(found), len(known), len(found) - len(known) - len(free), found.refused)


def _rows(names: Iterable[str], places: dict[str, int]) -> list[int]:
    """The rows of items, in the order named. Raises InputError for one that is not there, with the nearest that is."""
    if isinstance(names, str):
        raise InputError(f"{names!r} is one name, wanted a list of them")
    rows = []
    for name in names:
        row = places.get(
            name, places.get(str(Path(name).expanduser().absolute()))
        )  # files are named by their whole path
        if row is None:
            near = get_close_matches(name, places, 1)
            raise InputError(f"there is no item {name!r}{f'; did you mean {near[0]!r}?' if near else ''}")
        rows.append(row)
    return list(dict.fromkeys(rows))


def _passing(found: Points, where: str | None) -> Callable[[int], bool]:
    """Whether the item of a row passes the filter."""
    if where is None:
        return lambda _: True
    filter_ = parse(where)
    return lambda row: filter_.matches(found.passages[row].metadata)


def _because(
    passages: Sequence[Passage], units: Vectors, row: int, wanted: list[int], parts: NDArray[np.float64]
) -> tuple[Because, ...]:
    """The liked items that add most to a score."""
    order = [at for at in np.argsort(-parts, kind="stable")[:_REASONS] if parts[at] > 0]
    liked = [(passages[wanted[at]], float(units[row] @ units[wanted[at]])) for at in order]
    return tuple(Because(passage.item, passage.text, cosine) for passage, cosine in liked)
