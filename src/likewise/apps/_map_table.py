"""A map as a table: a row for every point; as .parquet with its vectors and what is known of the map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from likewise import space
from likewise.apps._written import write_rows
from likewise.types import Passage

if TYPE_CHECKING:
    from likewise.apps._map_drawn import Map

__all__ = ["KEY", "OWN", "place_of", "rows", "write_parquet", "write_text"]

KEY = b"likewise.map"
OWN = ("id", "item", "title", "text", "place", "x", "y", "placed")
"""The columns of a map; a field of the same name gets `metadata.` before it."""


def rows(drawn: Map) -> list[dict[str, str | float | None]]:
    """A row for every point: where it lies, what it says, its metadata."""
    made: list[dict[str, str | float | None]] = []
    for passage, (x, y), placed in zip(drawn.points.passages, drawn.plane.tolist(), drawn.placed.tolist(), strict=True):
        own = (passage.id, passage.item, passage.title, passage.text, place_of(passage), x, y, placed)
        made.append(dict(zip(OWN, own, strict=True)) | {_column(n): v for n, v in passage.metadata.items()})
    return made


def write_text(drawn: Map, path: Path, suffix: str) -> None:
    """CSV, TSV or JSON lines."""
    write_rows(path.with_name(f"{path.name}{suffix}"), rows(drawn)).replace(path)


def write_parquet(drawn: Map, path: Path) -> None:
    """Parquet with a column `vector` and the space, the method and the faithfulness in the metadata of the file."""
    import pyarrow
    import pyarrow.parquet

    made = rows(drawn)
    names = list(dict.fromkeys(name for row in made for name in row))
    columns = {name: _typed([row.get(name) for row in made]) for name in names}
    flat = pyarrow.array(drawn.points.vectors.ravel())
    columns["vector"] = pyarrow.FixedSizeListArray.from_arrays(flat, drawn.points.vectors.shape[1])
    facts = {
        "version": 1,
        "method": drawn.method,
        "seed": drawn.seed,
        "space": space.to_json(drawn.points.space),
        "trustworthiness": drawn.trust.mean,
        "neighbours_kept": drawn.kept.mean,
        "k": drawn.k,
        "metadata": {_column(name): name for passage in drawn.points.passages for name in passage.metadata},
    }
    table = pyarrow.table(columns).replace_schema_metadata({KEY: json.dumps(facts)})
    pyarrow.parquet.write_table(table, path)


def _typed(values: list[str | float | None]) -> list[str | float | None]:
    """Values of one type, as a column must hold; what is mixed becomes text."""
    kinds = {bool if isinstance(v, bool) else str if isinstance(v, str) else float for v in values if v is not None}
    return [None if v is None else str(v) for v in values] if len(kinds) > 1 else values


def _column(name: str) -> str:
    return f"metadata.{name}" if name in (*OWN, "vector") else name


def place_of(passage: Passage) -> str:
    """Where a point stands in its source, in words; "" for the whole of it."""
    place = str(passage.place)
    return "" if place in ("whole file", "characters 0-0") else place
