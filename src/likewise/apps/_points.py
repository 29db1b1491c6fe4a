"""Points out of whatever a use is given: a collection, a folder, a table of texts, vectors."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from likewise.apps._table import SUFFIXES, column, is_table, row_id, rows
from likewise.collection import Collection
from likewise.encoders import Encoder, load
from likewise.errors import InputError, SpaceError
from likewise.space import require
from likewise.types import Embeddings, Item, Passage, Points, Report, Space, Vectors
from likewise.where import Filter

__all__ = ["Source", "is_collection", "kept", "meet", "points"]

Source = Points | Collection | str | os.PathLike[str] | NDArray[np.floating] | Embeddings | Iterable[str | Item]
_NAN = "the vector holds NaN or infinity"
_TEXTS = ("text", "title", "content", "sentence", "question", "name")


def points(
    source: Source,
    *,
    model: str | os.PathLike[str] | Encoder | None = None,
    kind: str = "text",
    where: str | Filter | None = None,
    per_item: bool = False,
    text: str | None = None,
) -> Points:
    """The points of a source, all of one space; what has no vector is told in `refused`.

    A source is a collection or its path, a folder of files (read into a collection that is thrown away afterwards), a
    table of texts (the column `text`; other columns become metadata), a file .npy or an array of vectors `(n, dim)`,
    embeddings, texts or items. `kind`, `where` and `per_item` are for collections and folders. Raises InputError where
    there are no points.
    """
    found = _found(source, model, (kind, where, per_item), text)
    if not len(found):
        why = f": {found.refused[0].id!r}: {found.refused[0].error}" if found.refused else ""
        raise InputError(f"there are no vectors to work on{why}")
    return found


def meet(one: Points, other: Points) -> None:
    """Raises SpaceError where the vectors of two sources cannot be compared.

    Vectors of files carry no space: whoever names two such files answers for them, but for their dimensions.
    """
    if one.space.runtime == other.space.runtime == "given":
        if one.space.dim != other.space.dim:
            raise SpaceError(f"vectors of {one.space.dim} and of {other.space.dim} dimensions cannot be compared")
        return
    require(one.space, other.space)


def is_collection(source: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether a source is the path of a collection."""
    return isinstance(source, str | os.PathLike) and (Path(source).expanduser() / "collection.sqlite").is_file()


_Asked = tuple[str, str | Filter | None, bool]


def _found(source: Source, model: str | os.PathLike[str] | Encoder | None, asked: _Asked, text: str | None) -> Points:
    if isinstance(source, Points):
        return source
    if isinstance(source, Collection):
        return source.points(*asked)
    if isinstance(source, Embeddings):
        return kept([Passage(i, i, "") for i in source.ids], source)
    if isinstance(source, np.ndarray):
        return _array(source, "array")
    if isinstance(source, str | os.PathLike):
        return _path(Path(source).expanduser(), model, asked, text)
    return _items([_item(at, one) for at, one in enumerate(source)], model)


def _path(path: Path, model: str | os.PathLike[str] | Encoder | None, asked: _Asked, text: str | None) -> Points:
    if is_collection(path):
        with Collection(path) as collection:
            return collection.points(*asked)
    if path.is_dir():
        return _folder(path, model, asked)
    if path.suffix.lower() == ".npy":
        return _array(_vectors(path), path.name)
    if is_table(path):
        table = rows(path)
        key = column(table, text, _TEXTS, path)
        return _items([_row(at, row, key) for at, row in enumerate(table)], model)
    raise InputError(f"{path} is no collection, folder, table ({', '.join(SUFFIXES)}) or .npy of vectors")


def _folder(path: Path, model: str | os.PathLike[str] | Encoder | None, asked: _Asked) -> Points:
    with TemporaryDirectory(prefix="likewise-") as made, Collection(Path(made) / "c", model=model) as passing:
        receipt = passing.add(path)
        refused = tuple(Report(r.source, 0, 0, error=f"{r.reason}: {r.detail}") for r in receipt.refused)
        return replace(passing.points(*asked), refused=refused)


def _row(at: int, row: dict[str, str], key: str) -> Item:
    metadata = {name: value for name, value in row.items() if name not in ("id", key)}
    return Item(row_id(row, at), row[key], metadata=metadata)


def _item(at: int, one: object) -> Item:
    if isinstance(one, Item):
        return one
    if isinstance(one, str):
        return Item(str(at), one)
    raise InputError(f"number {at} is a {type(one).__name__}, wanted str or likewise.Item")


def _items(items: list[Item], model: str | os.PathLike[str] | Encoder | None) -> Points:
    known: set[str] = set()
    for item in items:
        if item.id in known:
            raise InputError(f"the id {item.id!r} comes twice; ids are unique")
        known.add(item.id)
    encoder = model if isinstance(model, Encoder) else load(model)
    passages = [
        Passage(i.id, i.id, str(i.content), str(i.metadata.get("title") or ""), metadata=i.metadata) for i in items
    ]
    return kept(passages, encoder.encode(items, "document"))


def kept(passages: list[Passage], made: Embeddings) -> Points:
    """Rows that have a vector, and the reports of those that have none."""
    good = [row for row, report in enumerate(made.reports) if report.ok]
    if len(good) == len(made):
        return Points(tuple(passages), made)
    reports = tuple(made.reports[row] for row in good)
    left = Embeddings(tuple(made.ids[row] for row in good), made.vectors[good], made.space, reports)
    return Points(tuple(passages[row] for row in good), left, made.failed)


def _vectors(path: Path) -> Vectors:
    try:
        found: Vectors = np.load(path, allow_pickle=False, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no .npy of numbers: {error}") from error
    return found


def _array(vectors: NDArray[np.floating], name: str) -> Points:
    """Vectors of a space that nobody described: it is told by their own bytes, so that no other vectors fit."""
    if vectors.ndim != 2 or not vectors.shape[1] or vectors.dtype.kind != "f":
        raise InputError(f"{name} is {vectors.dtype}{vectors.shape}, wanted floats (n, dim)")
    made = np.ascontiguousarray(vectors, dtype=np.float32)
    digest = hashlib.sha256(made.data).hexdigest()
    space = Space(name, digest, "", "", (), 0, made.shape[1], False, "fp32", "given")
    ids = tuple(map(str, range(len(made))))
    bad = set(np.flatnonzero(~np.isfinite(made).all(axis=1)).tolist())
    reports = tuple(Report(i, 0, 0, error=_NAN if row in bad else "") for row, i in enumerate(ids))
    return kept([Passage(i, i, "") for i in ids], Embeddings(ids, made, space, reports))
