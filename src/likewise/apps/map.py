"""Draw what vectors are near each other: a map of a collection, a folder, a table or vectors."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Final

import numpy as np

from likewise import parts
from likewise.apps._map_drawn import Map
from likewise.apps._map_near import near
from likewise.apps._map_old import joined, read_map
from likewise.apps._map_settings import settled
from likewise.apps._points import Source, points
from likewise.encoders import Encoder
from likewise.errors import InputError, MissingLibrary
from likewise.metrics._interval import interval
from likewise.projections import Near, Projection, faithful
from likewise.projections._placing import among
from likewise.types import Vectors
from likewise.where import Filter

__all__ = ["project"]

_SHOWN: Final = 6
_PLACED_BY: Final = 15


def project(
    source: Source,
    method: str | Projection = "",
    *,
    onto: str | os.PathLike[str] | None = None,
    model: str | os.PathLike[str] | Encoder | None = None,
    kind: str = "text",
    where: str | Filter | None = None,
    per_item: bool = False,
    seed: int = 0,
) -> Map:
    """A map of a source: a point for every passage, item or vector, near to its like.

    `method` is umap, tsne, pca or a projection with settings of its own; without one it is the first of them whose
    library is installed. `onto` is a map saved as .parquet: its points stay where they are and what is new in the
    source is placed among them; SpaceError where their vectors do not belong together. The same source, method and
    seed give the same map.
    """
    began = time.perf_counter()
    if onto is not None and method:
        raise InputError("a map that is continued keeps its method: leave the method away, or onto")
    given = points(source, model=model, kind=kind, where=where, per_item=per_item)
    if onto is not None:
        old, given, placed = joined(read_map(onto), given)
        name, units = old.method, given.units
        beside, recall = near(units, _SHOWN, seed=seed)
        plane = np.concatenate([old.plane, _placed(name, units, old.plane, seed)])
    else:
        projection = method if isinstance(method, Projection) else settled(method)
        name, placed, units = projection.name, np.zeros(len(given), np.bool_), given.units
        beside, recall = near(units, max(projection.neighbours, _SHOWN), seed=seed)
        plane = projection.fit(units, beside, seed)
    return _judged(Map(given, plane, name, _few(beside), placed, recall, seed), units, began)


def _judged(drawn: Map, units: Vectors, began: float) -> Map:
    """The map with what its faithfulness is, and the time that all took."""
    found = faithful(units, drawn.plane, seed=drawn.seed)
    return replace(
        drawn,
        k=found.k,
        trust=interval(found.trust, drawn.seed),
        kept=interval(found.kept, drawn.seed),
        looked=len(found.trust),
        seconds=time.perf_counter() - began,
    )


def _few(beside: Near) -> Near:
    return Near(beside.rows[:, :_SHOWN], beside.cosines[:, :_SHOWN])


def _placed(method: str, units: Vectors, plane: Vectors, seed: int) -> Vectors:
    """Where the rows go that the old map does not have."""
    old, new = units[: len(plane)], units[len(plane) :]
    if not len(new):
        return np.empty((0, 2), np.float32)
    neighbours, _ = near(new, _PLACED_BY, old, seed)
    try:
        projection: Projection = parts.find("projections", method)()
    except MissingLibrary:  # to lay out it takes the library, to place only the old map
        return among(neighbours.rows, neighbours.cosines, plane)
    return projection.place(new, old, plane, neighbours)
