"""Ways to keep vectors in fewer bytes and to rank by them: dimensions, kind of code, and what scores the candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from likewise.quantize import Codec, Codes, calibrate, hamming, truncate
from likewise.types import Storage, Vectors

__all__ = ["Scoring", "Shrunk", "Way", "shrink"]

Scoring = Literal["codes", "query", "codes+query", "codes+int8"]
"""What ranks: the query's own code with the codes; the float query with all codes, as a collection does; or the first,
whose best candidates the float query then scores again with the same codes or with int8 codes kept beside them."""

_SCORINGS: Final[dict[Storage, tuple[Scoring, ...]]] = {
    "float32": ("query",),
    "float16": ("query",),
    "int8": ("codes", "codes+query", "query"),
    "binary": ("codes", "codes+query", "query", "codes+int8"),
}
_OVERSAMPLE: Final = 10
_SAMPLE: Final = 4_096
_MARGIN: Final = 0.1


@dataclass(frozen=True, slots=True)
class Way:
    """Dimensions, kind of code, what ranks, and the bytes that a vector takes so."""

    dim: int
    kind: Storage
    scoring: Scoring
    bytes: int


@final
class Shrunk:
    """Document vectors `(n, dim)` kept one way, and the ranking of a query by them."""

    def __init__(self, way: Way, coded: dict[Storage, tuple[Codec, Codes, Vectors]]) -> None:
        self.way = way
        self._codec, self._codes, self._read = coded[way.kind]
        self._finer = coded["int8"][2] if way.scoring == "codes+int8" else self._read

    def nearest(self, query: Vectors, k: int) -> NDArray[np.int64]:
        """The k rows that rank first for a unit query `(dim,)`, best first, ties by row."""
        if self.way.scoring == "query":
            return _top(self._read @ query, k)
        first = self._by_codes(query[None])
        if self.way.scoring == "codes":
            return _top(first, k)
        candidates = np.sort(_top(first, _OVERSAMPLE * k))
        return candidates[_top(self._finer[candidates] @ query, k)]

    def _by_codes(self, query: Vectors) -> Vectors:
        code = self._codec.encode(query)
        scores: Vectors
        if self.way.kind == "binary":
            scores = (-hamming(code, self._codes)[0]).astype(np.float32)
        else:
            scores = self._read @ self._codec.decode(code)[0]
        return scores


def shrink(documents: Vectors, dims: Sequence[int]) -> Iterator[Shrunk]:
    """Every way for document vectors `(n, d)`, coded by a calibration of up to 4,096 of them."""
    some = np.unique(np.linspace(0, len(documents) - 1, min(len(documents), _SAMPLE)).astype(np.int64))
    for dim in dims:
        cut = truncate(documents, dim)
        coded: dict[Storage, tuple[Codec, Codes, Vectors]] = {}
        for kind in _SCORINGS:
            codec = calibrate(cut[some], kind, margin=_MARGIN)
            codes = codec.encode(cut)
            coded[kind] = codec, codes, _unit(codec.decode(codes))
        for kind, scorings in _SCORINGS.items():
            for scoring in scorings:
                more = coded["int8"][0].width if scoring == "codes+int8" else 0
                yield Shrunk(Way(dim, kind, scoring, coded[kind][0].width + more), coded)


def _unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)
    return scaled


def _top(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Places of the k highest scores, best first, ties by place."""
    if k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.argsort(-scores[places], kind="stable")][:k].astype(np.int64)
