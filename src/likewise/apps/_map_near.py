"""The neighbours that a map is drawn from: exact in small sets, through an index whose recall is measured in large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from likewise.apps._neighbours import without
from likewise.projections import Near
from likewise.types import Vectors

__all__ = ["near"]

_EXACT: Final = 20_000
_LOOKED: Final = 32
_AGAIN: Final = 4
_BLOCK: Final = 8_192
_TRIED: Final = 200
_WANTED: Final = 0.9


def near(units: Vectors, k: int, others: Vectors | None = None, seed: int = 0) -> tuple[Near, float]:
    """The k nearest of the rest of `units`, or of `others`, and the share of the true ones among them.

    Where there are fewer than k all are given. Above 20,000 vectors an index is tried on 200 of them beside exact
    search: cells of 4-bit codes, the best looked at again in full; where these find less than 0.9 of the true ones,
    cells of full vectors; else the search is exact.
    """
    held = np.ascontiguousarray(units if others is None else others)
    k = min(k, len(held) - (others is None))
    own = np.arange(len(units)) if others is None else None
    exact = faiss.IndexFlatIP(held.shape[1])
    exact.add(held)
    if len(held) > _EXACT:
        tried = np.random.default_rng(seed).choice(len(units), min(_TRIED, len(units)), replace=False)
        mine = None if own is None else own[tried]
        truth = _asked(exact, units[tried], k, mine)
        for plan, how in _plans(len(held), held.shape[1]):
            index = _index(plan, held, seed)
            rows = _asked(index, units[tried], k, mine, how).rows
            recall = float((rows[:, :, None] == truth.rows[:, None, :]).any(axis=2).mean())
            if recall >= _WANTED:
                return _asked(index, units, k, own, how), recall
    return _asked(exact, units, k, own), 1.0


def _plans(n: int, dim: int) -> Iterator[tuple[str, faiss.SearchParameters]]:
    """Indexes in the words of FAISS's factory and how they are asked, the quickest first."""
    cells = int(1.6 * np.sqrt(n))
    parts = next(parts for parts in range(max(dim // 4, 1), 0, -1) if dim % parts == 0)
    few = faiss.IVFSearchParameters()
    few.nprobe = _LOOKED
    again = faiss.IndexRefineSearchParameters()
    again.k_factor, again.base_index_params = _AGAIN, few
    yield f"IVF{cells},PQ{parts}x4fs,RFlat", again
    yield f"IVF{cells},Flat", few


def _index(plan: str, held: Vectors, seed: int) -> faiss.Index:
    index = faiss.index_factory(held.shape[1], plan, faiss.METRIC_INNER_PRODUCT)
    sample = int(100 * np.sqrt(len(held)))
    index.train(held[np.random.default_rng(seed).permutation(len(held))[:sample]])
    index.add(held)
    return index


def _asked(
    index: faiss.Index, units: Vectors, k: int, own: NDArray[np.intp] | None, how: faiss.SearchParameters | None = None
) -> Near:
    """What an index says, without the rows that asked (`own`)."""
    rows = np.empty((len(units), k), np.intp)
    cosines = np.empty((len(units), k), np.float32)
    for start in range(0, len(units), _BLOCK):
        end = min(start + _BLOCK, len(units))
        wanted = k + (own is not None)
        found, at = index.search(np.ascontiguousarray(units[start:end]), wanted, params=how)
        if own is not None:
            found, at = without(found, at, own[start:end])
        found, at = _filled(found, at)
        rows[start:end], cosines[start:end] = at, found
    return Near(rows, np.clip(cosines, -1, 1))


def _filled(found: Vectors, at: NDArray[np.intp]) -> tuple[Vectors, NDArray[np.intp]]:
    """Where cells held fewer than k the last that was found is repeated."""
    last = np.maximum(np.count_nonzero(at >= 0, axis=1) - 1, 0)[:, None]
    places = np.minimum(np.arange(at.shape[1]), last)
    return np.take_along_axis(found, places, axis=1), np.take_along_axis(at, places, axis=1)
