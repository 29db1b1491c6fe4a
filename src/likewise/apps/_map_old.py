"""A map that was saved, taken up again: its points, where they lie, and what is new beside them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise import space
from likewise.apps._map_table import KEY, OWN
from likewise.errors import InputError
from likewise.types import Embeddings, Passage, Points, Report, Vectors

__all__ = ["Old", "joined", "read_map"]

_SAME = 1 - 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Old:
    """The points of an old map, where they lie `(n, 2)`, and by which method."""

    points: Points
    plane: Vectors
    method: str


def read_map(path: str | os.PathLike[str]) -> Old:
    """The map in a .parquet file that `likewise map` wrote; InputError where it is none."""
    import pyarrow
    import pyarrow.parquet

    if not Path(path).expanduser().is_file():
        raise InputError(f"there is no map {path}: make one with `likewise map SOURCE --to {Path(path).stem}.parquet`")
    try:
        table = pyarrow.parquet.read_table(Path(path).expanduser())
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"{path} cannot be read as Parquet: {error}") from error
    told = (table.schema.metadata or {}).get(KEY)
    if told is None or "vector" not in table.column_names:
        raise InputError(f"{path} is no map: make one with `likewise map SOURCE --to {Path(path).stem}.parquet`")
    facts = json.loads(told)
    vectors = table["vector"].combine_chunks()
    flat = np.asarray(vectors.flatten(), np.float32).reshape(len(table), -1)
    passages = tuple(_passage(row, facts["metadata"]) for row in table.drop_columns(["vector"]).to_pylist())
    ids = tuple(passage.id for passage in passages)
    made = Embeddings(ids, flat, space.from_json(facts["space"]), tuple(Report(i, 0, 0) for i in ids))
    plane = np.stack([np.asarray(table[axis], np.float32) for axis in ("x", "y")], axis=1)
    return Old(Points(passages, made), plane, facts["method"])


def _passage(row: dict[str, Any], names: dict[str, str]) -> Passage:
    """A point of an old map; its place is known by its words alone, which stand among the metadata."""
    metadata = {names[column]: value for column, value in row.items() if column not in OWN and value is not None}
    if row["place"]:
        metadata.setdefault("place", row["place"])
    return Passage(row["id"], row["item"], row["text"], row["title"], metadata=metadata)


def joined(old: Old, new: Points) -> tuple[Old, Points, NDArray[np.bool_]]:
    """What stays of the old map; all points, the old ones first; and which `(n,)` are new or say something else by now.

    An old point whose vector has changed is left out, so that it does not stand at its old place and its new one.
    SpaceError where the vectors do not belong together.
    """
    space.require(old.points.space, new.space, together=True)
    rows = {name: row for row, name in enumerate(old.points.embeddings.ids)}
    at = np.array([rows.get(name, -1) for name in new.embeddings.ids], np.intp)
    same = (at >= 0) & (np.einsum("nd,nd->n", old.points.units[at], new.units) >= _SAME)
    stays = np.setdiff1d(np.arange(len(rows)), at[(at >= 0) & ~same])
    kept, fresh = _taken(old.points, stays), _taken(new, np.flatnonzero(~same))
    ids = kept.embeddings.ids + fresh.embeddings.ids
    vectors = np.concatenate([kept.vectors, fresh.vectors])
    made = Embeddings(ids, vectors, new.space, tuple(Report(i, 0, 0) for i in ids))
    every = Points(kept.passages + fresh.passages, made, new.refused)
    return Old(kept, old.plane[stays], old.method), every, np.arange(len(ids)) >= len(stays)


def _taken(points: Points, rows: NDArray[np.intp]) -> Points:
    made = points.embeddings
    ids, reports = tuple(made.ids[row] for row in rows), tuple(made.reports[row] for row in rows)
    left = Embeddings(ids, made.vectors[rows], made.space, reports)
    return Points(tuple(points.passages[row] for row in rows), left)
