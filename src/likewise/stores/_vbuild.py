"""Build a vector index: stream the rows to disk, then stamp and commit them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from likewise.errors import InputError
from likewise.stores._vfiles import Manifest, checksum, commit, create
from likewise.stores._vfound import Ids
from likewise.types import Vectors

__all__ = ["Sizes", "build"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """From how many rows on each structure is built; tests shrink them so that every way runs."""

    codes: int = 20_000


def build(
    directory: Path,
    dim: int,
    rows: Iterable[tuple[Ids, Vectors]],
    generation: str,
    sizes: Sizes,
    progress: Callable[[str, int, int], None],
) -> None:
    """Write the files of an index and commit them; see `VectorIndex.build`."""
    with ExitStack() as stack:
        ids_file = stack.enter_context(create(directory, "ids"))
        rows_file = stack.enter_context(create(directory, "vectors"))
        count = _stream(dim, rows, ids_file, rows_file, progress)
    files = {"ids": checksum(Path(ids_file.name)), "vectors": checksum(Path(rows_file.name))}
    commit(directory, Manifest(count, dim, "float32", generation, files))


def _stream(
    dim: int,
    rows: Iterable[tuple[Ids, Vectors]],
    ids_file: BinaryIO,
    rows_file: BinaryIO,
    progress: Callable[[str, int, int], None],
) -> int:
    count, last = 0, None
    for ids, vectors in rows:
        if vectors.shape != (len(ids), dim):
            raise InputError(f"{len(ids)} ids with vectors {vectors.shape}: wanted ({len(ids)}, {dim})")
        if not len(ids):
            continue
        if (last is not None and ids[0] <= last) or (np.diff(ids) <= 0).any():
            raise InputError("ids must ascend strictly over all batches: order the rows by id")
        _check_lengths(ids, vectors)
        last = int(ids[-1])
        ids_file.write(np.ascontiguousarray(ids, np.int64).data)
        rows_file.write(np.ascontiguousarray(vectors, np.float32).data)
        count += len(ids)
        progress("copy", count, 0)
    return count


def _check_lengths(ids: Ids, vectors: Vectors) -> None:
    lengths = np.linalg.norm(vectors, axis=1)
    bad = ~((np.abs(lengths - 1.0) < 1e-3) | (lengths == 0.0))  # NaN is bad too
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"row {int(ids[at])} has length {lengths[at]}, wanted 1: normalise rows, leave failed ones out"
        )
