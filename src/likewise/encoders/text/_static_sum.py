"""Means of rows of a table over runs of ids: what static embeddings compute."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.types import Vectors

__all__ = ["means"]

Ints = NDArray[np.int64]

_RUN: Final = 128  # ids summed in one go; longer runs are sums of sums, which also keeps rounding small
_BLOCK: Final = 256  # runs summed side by side, so that their sums stay in the processor's cache
_ALONE: Final = 1 << 15  # ids below which a second thread does not pay
_CORES: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def means(table: Vectors, ids: NDArray[np.int32], lengths: Ints) -> Vectors:
    """Means `(n, dim)` of the rows of `table` that each run of `ids` names; zero for a run of length 0.

    Runs lie side by side and are walked by position, all of a block in step, longest first: one gather and one addition
    a position, 20 times as fast as `np.add.reduceat` (benchmarks/static.py). Memory beyond the result is bounded.
    """
    pieces = np.maximum(1, -(-lengths // _RUN))
    first = np.cumsum(pieces) - pieces
    nth = np.arange(pieces.sum()) - np.repeat(first, pieces)
    starts = np.repeat(np.cumsum(lengths) - lengths, pieces) + _RUN * nth
    sums = _sums(table, ids, starts, np.clip(np.repeat(lengths, pieces) - _RUN * nth, 0, _RUN))
    found: Vectors = sums[first]
    for i in np.flatnonzero(pieces > 1):
        found[i] = sums[first[i] : first[i] + pieces[i]].sum(axis=0, dtype=np.float64)
    found /= np.maximum(lengths, 1)[:, None].astype(np.float32)
    return found


def _sums(table: Vectors, ids: NDArray[np.int32], starts: Ints, lengths: Ints) -> Vectors:
    order = np.argsort(-lengths, kind="stable")
    sums = np.zeros((len(order), table.shape[1]), np.float32)

    def block(at: int) -> None:
        rows = order[at : at + _BLOCK]
        sums[rows] = _walk(table, ids, starts[rows], lengths[rows])

    blocks = range(0, len(order), _BLOCK)
    if len(ids) < _ALONE or _CORES == 1 or len(blocks) == 1:
        for at in blocks:
            block(at)
    else:
        with ThreadPoolExecutor(min(_CORES, len(blocks))) as threads:  # numpy lets go of the interpreter here
            list(threads.map(block, blocks))
    return sums


def _walk(table: Vectors, ids: NDArray[np.int32], starts: Ints, lengths: Ints) -> Vectors:
    """Sums of runs that are ordered by length, longest first."""
    sums = np.zeros((len(starts), table.shape[1]), np.float32)
    taken = np.empty_like(sums)
    reach = len(lengths) - np.searchsorted(lengths[::-1], np.arange(lengths[0]), side="right")
    for position, count in enumerate(reach.tolist()):
        table.take(ids[starts[:count] + position], axis=0, out=taken[:count], mode="clip")
        sums[:count] += taken[:count]
    return sums
