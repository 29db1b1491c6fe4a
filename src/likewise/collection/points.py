"""What a collection holds as points: passages, or whole items, with their vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from likewise.collection.senses import MODALITIES, Senses
from likewise.collection.shelf import Shelf
from likewise.errors import InputError
from likewise.types import Embeddings, Passage, Place, Points, Report
from likewise.where import All, Filter, In

__all__ = ["points"]


def points(shelves: Mapping[str, Shelf], senses: Senses, kind: str, where: Filter | None, per_item: bool) -> Points:
    """Every passage of one kind that passes, in the order in which they were added.

    With `per_item` the pieces of an item are one point: the mean of their unit vectors, and their texts together.
    Raises InputError where nothing of this kind is kept.
    """
    name = "" if kind == "text" else senses.of_items(kind)
    if kind != "text" and not name:
        there = ", ".join(("text", *senses.shelves))
        raise InputError(f"nothing of the kind {kind!r} is kept here; there is {there}")
    if kind in MODALITIES:
        narrow = In("kind", (kind,), "text")
        where = Filter(narrow if where is None else All((where.tree, narrow)))
    passages: list[Passage] = []
    kept: list[Embeddings] = []
    for some, embeddings in shelves[name].store().each(where) if shelves[name].exists else ():
        passages += some
        kept.append(embeddings)
    if not kept:
        raise InputError(f"no {kind} is kept here{' that passes the filter' if where is not None else ''}")
    found = Points(tuple(passages), _together(kept))
    return _items(found) if per_item else found


def _together(kept: Sequence[Embeddings]) -> Embeddings:
    ids = tuple(i for one in kept for i in one.ids)
    reports = tuple(r for one in kept for r in one.reports)
    return Embeddings(ids, np.concatenate([one.vectors for one in kept]), kept[0].space, reports)


def _items(found: Points) -> Points:
    """The items that pieces belong to, in the order of their first pieces."""
    first: dict[str, int] = {}
    for passage in found.passages:
        first.setdefault(passage.item, len(first))
    rows = sorted(range(len(found)), key=lambda row: first[found.passages[row].item])
    units = found.units
    made: list[Passage] = []
    vectors = []
    for item, group in groupby(rows, key=lambda row: found.passages[row].item):
        pieces = list(group)
        text = "\n".join(found.passages[row].text for row in pieces)
        made.append(replace(found.passages[pieces[0]], id=item, text=text, place=Place()))
        vectors.append(units[pieces].mean(axis=0))
    ids = tuple(p.id for p in made)
    reports = tuple(Report(i, 0, 0) for i in ids)
    return Points(tuple(made), Embeddings(ids, np.stack(vectors), found.space, reports))
