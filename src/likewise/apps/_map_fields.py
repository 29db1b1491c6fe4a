"""What a map can be coloured by: metadata as categories, numbers or texts, and the regions of the map itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from likewise.apps._map_drawn import Map
from likewise.apps._map_regions import Region, regions
from likewise.errors import InputError
from likewise.types import Passage, Scalar

__all__ = ["Field", "fields", "require_colour"]

Kind = Literal["category", "number", "text"]
_MOST: Final = 40
_FEW: Final = 12
"""Numbers of no more different values are categories: a label, a year."""
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of n points: `codes (n,)` into `values` (-1: none), or `numbers (n,)` (NaN: none), or `texts`."""

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    codes: NDArray[np.int32] | None = None
    numbers: NDArray[np.float32] | None = None
    texts: tuple[str, ...] = ()


def fields(drawn: Map, colour: str = "") -> tuple[list[Field], str, tuple[Region, ...]]:
    """The fields of a map, the one that it is coloured by, and its regions.

    Without a wish that is the region where texts give names, else the first category with few values, else none ("").
    InputError with what there is where the wish is not among them.
    """
    found = [_field(name, column) for name, column in _columns(drawn.points.passages).items()]
    places = regions(drawn)
    codes, named = places.codes, places.named
    if len(named) > 1:
        found.insert(0, Field("region", "category", tuple(one.text for one in named), codes))
    if drawn.placed.any():
        found.append(Field("new", "category", ("old", "new"), drawn.placed.astype(np.int32)))
    usable = [one.name for one in found if one.kind != "text"]
    if colour and colour not in usable:
        raise _no_field(colour, usable)
    few = [one.name for one in found if one.kind == "category" and 1 < len(one.values) <= 20]
    return found[:_MOST], colour or next(iter(few), ""), places.all


def require_colour(passages: tuple[Passage, ...], colour: str) -> None:
    """InputError where no map of these points, regions and all, could be coloured so: told before it is laid out."""
    if not colour or colour == "region":
        return
    columns = _columns(passages)
    if colour in columns and _field(colour, columns[colour]).kind != "text":
        return
    there = [name for name, column in columns.items() if _field(name, column).kind != "text"]
    raise _no_field(colour, ["region", *there])


def _no_field(colour: str, usable: Sequence[str]) -> InputError:
    return InputError(f"no field {colour!r} to colour by; there are {', '.join(usable) or 'none'}")


def _columns(passages: tuple[Passage, ...]) -> dict[str, list[Scalar]]:
    """Metadata by name, None where a point has none; the title is told already."""
    names = Counter(name for passage in passages for name in passage.metadata)
    common = [name for name, _ in names.most_common() if name not in ("title", "region")]
    return {name: [passage.metadata.get(name) for passage in passages] for name in common[:_MOST]}


def _field(name: str, column: list[Scalar]) -> Field:
    there = [value for value in column if value is not None and value != ""]
    numbers = _numbers(there)
    different = len(set(map(str, there)))
    if numbers is not None and different > _FEW:
        filled = np.full(len(column), np.nan, np.float32)
        filled[[value is not None and value != "" for value in column]] = numbers
        return Field(name, "number", numbers=filled)
    if different > max(_FEW, len(column) // 3):
        return Field(name, "text", texts=tuple("" if v is None else str(v)[:_LONGEST] for v in column))
    values = sorted(set(map(str, there)))
    places = {value: code for code, value in enumerate(values)}
    codes = np.array([places.get("" if v is None else str(v), -1) for v in column], np.int32)
    return Field(name, "category", tuple(value[:_LONGEST] for value in values), codes)


def _numbers(values: Sequence[Scalar]) -> NDArray[np.float32] | None:
    """The values as numbers, where all of them are or are written so."""
    try:
        made = np.array([float(v) for v in values if v is not None and not isinstance(v, bool)], np.float32)
    except ValueError:
        return None
    return made if len(made) == len(values) and np.isfinite(made).all() else None
