"""Stretches of vectors in their order: rows of a table or an array, or the passages of each item of a collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from likewise.apps._segment_made import Segment, nearness
from likewise.apps._segment_text import spanned
from likewise.apps._subjects import subjects
from likewise.types import Passage, Place, Points, Vectors

__all__ = ["has_items", "stretches"]


def has_items(found: Points) -> bool:
    """Whether some item has more than one passage, so that there is a sequence within it."""
    return max(Counter(passage.item for passage in found.passages).values()) > 1


def stretches(found: Points, count: int | None, fineness: float) -> tuple[Segment, ...]:
    """The stretches of points, every row in one of them: each item apart in the order of its places, or all rows as
    they are in order where no item has more than one. `count` and `fineness` are as in `segment`, for each sequence.
    """
    units = found.units
    if not has_items(found):
        return tuple(_cut(found.passages, units, count, fineness))
    made: list[Segment] = []
    for item, rows in _items(found.passages).items():
        held = [found.passages[row] for row in rows]
        if len({passage.text for passage in held}) == 1 < len(held):  # a name: it tells nothing of any piece
            held = [replace(passage, text="") for passage in held]
        cut = _cut(held, units[rows], count, fineness)
        made += [replace(one, item=item, place=_place(held, one)) for one in cut]
    return tuple(made)


def _items(passages: Sequence[Passage]) -> dict[str, list[int]]:
    """The rows of every item, in the order of their places; sheets and chapters in the order of their first row."""
    rows: dict[str, list[int]] = {}
    names: dict[tuple[str, str, str], int] = {}
    for row, one in enumerate(passages):
        rows.setdefault(one.item, []).append(row)
        names.setdefault((one.item, one.place.unit, one.place.name), len(names))

    def key(row: int) -> tuple[int, int, float, int]:
        place = passages[row].place
        name = names[passages[row].item, place.unit, place.name]
        return name, place.number or 0, place.seconds or 0.0, place.start

    return {item: sorted(held, key=key) for item, held in rows.items()}


def _cut(passages: Sequence[Passage], units: Vectors, count: int | None, fineness: float) -> list[Segment]:
    cut = subjects([passage.text for passage in passages], units, count, fineness)
    return [_stretch(passages[start:end], units[start:end], words) for start, end, words in cut]


def _stretch(held: Sequence[Passage], units: Vectors, words: tuple[str, ...]) -> Segment:
    near = nearness(units)
    text = "\n".join(passage.text for passage in held if passage.text)
    middle = held[int(np.argmax(near))].text
    ends = {"first": held[0].id, "last": held[-1].id}
    return Segment(Place(), len(held), float(near.mean()), text, middle, words, **ends)


def _place(held: Sequence[Passage], one: Segment) -> Place:
    """From the first passage of a stretch to its last, in characters of one unit or in seconds."""
    ids = [passage.id for passage in held]
    places = [passage.place for passage in held[ids.index(one.first) : ids.index(one.last) + 1]]
    last = places[-1]
    place = spanned(places)
    if place.seconds is None:
        return place
    return replace(place, until=last.seconds if last.until is None else last.until)
