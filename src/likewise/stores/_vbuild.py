"""Build a vector index: stream the rows to disk, compress them, measure the ways, commit the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import BinaryIO, final

import faiss
import numpy as np

from likewise.errors import InputError
from likewise.stores._vcalibrate import calibrate
from likewise.stores._vcodes import Codes, threads, train
from likewise.stores._vfiles import Manifest, checksum, commit, create
from likewise.stores._vfound import Ids
from likewise.stores._vrows import Rows
from likewise.types import Vectors

__all__ = ["Progress", "Sizes", "build"]

Progress = Callable[[str, int, int], None]

_THREADS = 2
_LEAST = 256
_SAMPLE = 40
"""Rows a list that the centroids are fitted to."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """From `codes` rows on an index holds codes beside its rows; tests shrink it."""

    codes: int = 20_000


@final
class _Writer:
    """Rows on their way to disk, checked."""

    def __init__(self, dim: int, ids: BinaryIO, vectors: BinaryIO) -> None:
        self.count = 0
        self._dim, self._last = dim, -(2**63)
        self._ids, self._vectors = ids, vectors

    def add(self, ids: Ids, vectors: Vectors) -> None:
        if vectors.shape != (len(ids), self._dim):
            raise InputError(f"{len(ids)} ids with vectors {vectors.shape}: wanted ({len(ids)}, {self._dim})")
        if not len(ids):
            return
        if (self.count and ids[0] <= self._last) or (np.diff(ids) <= 0).any():
            raise InputError("ids must ascend strictly over all batches: order the rows by id")
        _check_lengths(ids, vectors)
        self.count, self._last = self.count + len(ids), int(ids[-1])
        self._ids.write(np.ascontiguousarray(ids, "<i8").data)
        self._vectors.write(np.ascontiguousarray(vectors, "<f4").data)


def build(
    directory: Path,
    dim: int,
    rows: Iterable[tuple[Ids, Vectors]],
    generation: str,
    sizes: Sizes,
    progress: Progress,
) -> None:
    """Write the files of an index and commit them; see `VectorIndex.build`."""
    with ExitStack() as stack:
        files = {role: stack.enter_context(create(directory, role)) for role in ("ids", "vectors")}
        writer = _Writer(dim, files["ids"], files["vectors"])
        for ids, vectors in rows:
            writer.add(ids, vectors)
            progress("copy", writer.count, 0)
    stamps = {role: checksum(Path(file.name)) for role, file in files.items()}
    manifest = Manifest(writer.count, dim, generation, stamps)
    if writer.count >= max(_LEAST, sizes.codes):
        manifest = _compressed(directory, manifest, progress)
    commit(directory, manifest)


def _compressed(directory: Path, manifest: Manifest, progress: Progress) -> Manifest:
    """The manifest with codes and the plan that was measured on them."""
    with threads(_THREADS):
        rows = Rows(directory, manifest)
        codes = _encode(rows, progress)
        with create(directory, "codes") as file:
            path = Path(file.name)
        faiss.write_index(codes.index, str(path))
        plan = calibrate(rows, codes, progress)
    return replace(manifest, files={**manifest.files, "codes": checksum(path)}, plan=plan.write())


def _encode(rows: Rows, progress: Progress) -> Codes:
    count = len(rows)
    lists = max(1, min(round(4 * sqrt(count)), count // _SAMPLE))
    some = np.random.default_rng(0).choice(count, min(count, max(lists * _SAMPLE, 10_000)), replace=False)
    progress("train", 0, count)
    index = train(rows.sample(np.sort(some)), lists, seed=0)
    for start, block in rows.blocks():
        index.add(block)
        progress("compress", start + len(block), count)
    return Codes(index).complete(rows.vectors)


def _check_lengths(ids: Ids, vectors: Vectors) -> None:
    lengths = np.linalg.norm(vectors, axis=1)
    bad = ~((np.abs(lengths - 1.0) < 1e-3) | (lengths == 0.0))  # NaN is bad too
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise InputError(f"row {int(ids[at])} has length {lengths[at]}, wanted 1: normalise it, leave failed rows out")
