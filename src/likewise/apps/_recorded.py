"""Vectors read back from the files that `likewise embed` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from likewise.errors import InputError, SpaceError
from likewise.space import from_json
from likewise.types import Space, Vectors

__all__ = ["READABLE", "Recorded", "read_recorded"]

Tokens = tuple[int, int, bool]


@dataclass(frozen=True, slots=True)
class Recorded:
    """The rows of a file: vectors `(n, dim)` float32, NaN where `errors` says why there is none.

    `tokens` are (seen, used, truncated), empty where the file does not tell them. `named` says whether the ids are
    the rows' own; a .npy file only names the ids that it leaves out.
    """

    ids: tuple[str, ...]
    vectors: Vectors
    errors: tuple[str, ...]
    tokens: tuple[Tokens | None, ...] = ()
    space: Space | None = None
    named: bool = True
    left_out: tuple[str, ...] = ()


def read_recorded(path: Path) -> Recorded:
    """Read a .npy, .parquet or .jsonl file. Raises InputError that says what is wrong with it."""
    try:
        return READABLE[path.suffix.lower()](path)
    except (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, SpaceError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path} is no file of vectors that `likewise embed` wrote: {error or type(error).__name__}"
        ) from error


def _npy(path: Path) -> Recorded:
    vectors = np.load(path, allow_pickle=False)
    if vectors.ndim != 2 or vectors.dtype.kind != "f":
        raise InputError(f"{path} holds {vectors.dtype} {vectors.shape}, wanted vectors (n, dim) of floats")
    note = _note(path)
    count = len(vectors)
    errors = tuple("" if np.isfinite(row).all() else "the file holds NaN or infinity for it" for row in vectors)
    return Recorded(
        ids=tuple(map(str, range(count))),
        vectors=vectors.astype(np.float32, copy=False),
        errors=errors,
        space=_space(note),
        named=False,
        left_out=tuple(map(str, note.get("left_out", ()))),
    )


def _jsonl(path: Path) -> Recorded:
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path} holds lines that are no objects")
    return _gathered(path, rows, _space(_note(path)))


def _parquet(path: Path) -> Recorded:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except pa.ArrowException as error:
        raise InputError(f"{path} is no Parquet file: {error}") from error
    space = (table.schema.metadata or {}).get(b"likewise.space")
    rows = [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
    return _gathered(path, rows, from_json(space.decode()) if space else None)


READABLE: Final = {".npy": _npy, ".parquet": _parquet, ".jsonl": _jsonl}


def _gathered(path: Path, rows: list[dict[str, Any]], space: Space | None) -> Recorded:
    good = [row for row in rows if "embedding" in row]
    dims = {len(row["embedding"]) for row in good}
    if len(dims) != 1:
        raise InputError(f"{path} holds vectors of {sorted(dims) or 'no'} dimensions, wanted one number of them")
    vectors = np.full((len(rows), dims.pop()), np.nan, dtype=np.float32)
    for row, vector in zip(rows, vectors, strict=True):
        if "embedding" in row:
            vector[:] = row["embedding"]
    return Recorded(
        ids=tuple(str(row.get("id", i)) for i, row in enumerate(rows)),
        vectors=vectors,
        errors=tuple(_errors(rows, vectors)),
        tokens=tuple(_tokens(row) for row in rows),
        space=space,
    )


def _errors(rows: list[dict[str, Any]], vectors: Vectors) -> Iterator[str]:
    for row, vector in zip(rows, vectors, strict=True):
        finite = bool(np.isfinite(vector).all())
        yield "" if finite else str(row.get("error") or "the file holds no finite vector for it")


def _tokens(row: Mapping[str, Any]) -> Tokens | None:
    if "embedding" not in row or "tokens" not in row or "used" not in row:
        return None
    return int(row["tokens"]), int(row["used"]), bool(row.get("truncated", False))


def _note(path: Path) -> dict[str, Any]:
    """What stands in the note beside a file; nothing where there is none."""
    note = path.with_name(path.name + ".space.json")
    found = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    if not isinstance(found, dict):
        raise InputError(f"{note} holds a {type(found).__name__}, wanted an object")
    return found


def _space(note: Mapping[str, Any]) -> Space | None:
    return from_json(json.dumps(note["space"])) if "space" in note else None
