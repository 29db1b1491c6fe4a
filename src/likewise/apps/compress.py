"""What fewer dimensions and fewer bits cost: quality against bytes, measured on the caller's own vectors."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._shrunk import Scoring, Shrunk, shrink
from likewise.errors import InputError
from likewise.metrics._interval import Interval, interval
from likewise.quantize import truncate
from likewise.types import OnProgress, Progress, Storage, Vectors

__all__ = ["compress"]

_HELD_OUT: Final = 200
_LEAST: Final = 50
_SHARES: Final = (1, 1.5, 3, 6)
"""The dimensions tried, as shares of all: 384, 256, 128 and 64 of 384."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One way to keep vectors: bytes, share of the k nearest by float32 that it finds, nDCG@k, milliseconds a query.

    `ndcg_loss` is what float32 vectors of all dimensions have more, query by query; None without judgements.
    """

    dim: int
    kind: Storage
    scoring: Scoring
    bytes: int
    total: int
    recall: Interval
    ndcg: Interval | None
    ndcg_loss: Interval | None
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Compressed:
    """The ways that were measured; `smallest` is the one with the fewest bytes whose loss stays within `tolerance`.

    The loss is that of nDCG where there are judgements, else 1 - recall; the upper end of its interval counts.
    """

    documents: int
    dim: int
    queries: int
    held_out: bool
    k: int
    tolerance: float
    ways: tuple[Measured, ...]
    smallest: Measured | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Queries `(q, d)`, their true nearest rows, the group of each row, and what is relevant to each query."""

    queries: Vectors
    truth: list[NDArray[np.int64]]
    groups: NDArray[np.int64]
    gains: Sequence[Mapping[int, float]] | None
    k: int


def compress(
    documents: Vectors,
    queries: Vectors | None = None,
    *,
    gains: Sequence[Mapping[int, float]] | None = None,
    groups: Sequence[int] | None = None,
    dims: Sequence[int] | None = None,
    k: int = 10,
    tolerance: float = 0.02,
    progress: OnProgress | None = None,
) -> Compressed:
    """Measure every way of `likewise.quantize` on document vectors `(n, d)` and query vectors `(q, d)`.

    Without queries 200 of the documents (at most a fifth) are held out and asked. `gains` say for each query which
    groups are relevant, and how much; `groups` which one each document belongs to, by default one for each. Raises
    InputError for fewer than 50 documents and for vectors that do not belong together.
    """
    _fit(documents, queries, gains, groups)
    held_out = queries is None
    grouped = np.arange(len(documents)) if groups is None else np.asarray(groups, np.int64)
    if queries is None:
        documents, queries = _held_out(documents)
    whole = documents.shape[1]
    chosen = list(dict.fromkeys(dims or [max(1, round(whole / share)) for share in _SHARES]))
    if k < 1 or not all(1 <= dim <= whole for dim in chosen):
        raise InputError(f"k is {k} and dims are {chosen}: wanted at least 1, and 1 to {whole}")
    ways: list[Measured] = []
    asked = _Asked(_unit(queries), [], grouped, gains, k)
    base: NDArray[np.float64] | None = None
    for shrunk in shrink(_unit(documents), list(dict.fromkeys([whole, *chosen]))):
        found, seconds = _answers(shrunk, asked)
        if not asked.truth:  # the first is float32 of all dimensions
            asked.truth.extend(found)
            base = _ndcgs(asked, found)
        ways.append(_measured(shrunk, asked, found, (base, seconds, len(documents))))
        if progress is not None:
            progress(Progress("compress", len(ways), None, "ways"))
    kept = tuple(way for way in ways if way.dim in chosen or way is ways[0])
    return Compressed(len(documents), whole, len(queries), held_out, k, tolerance, kept, _smallest(kept, tolerance))


def _fit(documents: Vectors, queries: Vectors | None, gains: Sequence[object] | None, groups: object) -> None:
    if documents.ndim != 2 or len(documents) < _LEAST or not np.isfinite(documents).all():
        raise InputError(f"documents of shape {documents.shape}: wanted {_LEAST} or more finite vectors (n, d)")
    if queries is not None and (queries.ndim != 2 or queries.shape[1] != documents.shape[1] or not len(queries)):
        raise InputError(f"queries of shape {queries.shape}, wanted (q, {documents.shape[1]}) as the documents are")
    if queries is not None and not np.isfinite(queries).all():
        raise InputError("the query vectors hold NaN or infinity: leave failed rows out")
    if gains is not None and (queries is None or len(gains) != len(queries)):
        raise InputError("judgements belong to queries, one row of them to each: give both")
    if groups is not None and len(np.asarray(groups)) != len(documents):
        raise InputError(f"{len(np.asarray(groups))} groups for {len(documents)} documents")


def _unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)).astype(np.float32)
    return scaled


def _held_out(documents: Vectors) -> tuple[Vectors, Vectors]:
    """The documents without some, and those."""
    order = np.random.default_rng(0).permutation(len(documents))
    count = min(_HELD_OUT, len(documents) // 5)
    return documents[np.sort(order[count:])], documents[np.sort(order[:count])]


def _answers(shrunk: Shrunk, asked: _Asked) -> tuple[list[NDArray[np.int64]], float]:
    """The nearest rows of every query, and the median of seconds that one took."""
    cut = truncate(asked.queries, shrunk.way.dim)
    found, seconds = [], []
    for query in cut:
        start = time.perf_counter()
        found.append(shrunk.nearest(query, asked.k))
        seconds.append(time.perf_counter() - start)
    return found, float(np.median(seconds))


def _measured(
    shrunk: Shrunk,
    asked: _Asked,
    found: list[NDArray[np.int64]],
    beside: tuple[NDArray[np.float64] | None, float, int],
) -> Measured:
    base, seconds, count = beside
    way = shrunk.way
    recalls = [len(np.intersect1d(a, b)) / len(a) for a, b in zip(asked.truth, found, strict=True)]
    mine = _ndcgs(asked, found)
    return Measured(
        way.dim,
        way.kind,
        way.scoring,
        way.bytes,
        way.bytes * count,
        interval(np.array(recalls)),
        None if mine is None else interval(mine),
        None if mine is None or base is None else interval(base - mine),
        1000 * seconds,
    )


def _ndcgs(asked: _Asked, found: list[NDArray[np.int64]]) -> NDArray[np.float64] | None:
    """nDCG@k of every query that has something relevant, linear gains, a group counted where it first stands."""
    if asked.gains is None:
        return None
    pairs = zip(asked.gains, found, strict=True)
    return np.array([_ndcg(gains, asked.groups[rows], asked.k) for gains, rows in pairs if any(gains.values())])


def _ndcg(gains: Mapping[int, float], ranked: NDArray[np.int64], k: int) -> float:
    got = [gains.get(group, 0.0) for group in dict.fromkeys(ranked.tolist())][:k]
    best = sorted(gains.values(), reverse=True)[:k]
    worth = 1 / np.log2(np.arange(2, k + 2))
    return float(np.dot(got, worth[: len(got)]) / np.dot(best, worth[: len(best)]))


def _smallest(ways: Sequence[Measured], tolerance: float) -> Measured | None:
    def loss(way: Measured) -> float:
        return way.ndcg_loss.high if way.ndcg_loss is not None else 1 - way.recall.low

    well = [way for way in ways if loss(way) <= tolerance]
    return min(well, key=lambda way: (way.bytes, way.milliseconds), default=None)
