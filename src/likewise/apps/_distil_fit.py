"""The table of a student: token vectors of the teacher, weighted by frequency, and fitted to whole texts.

Sources: model2vec (PCA and SIF weights by Zipf's law), Arora et al. 2017 (SIF, a / (a + p)), tokenlearn (fitting to
the teacher's vectors of texts; here a ridge regression towards the weighted token vectors). Figures:
benchmarks/static.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.encoders.text._static_sum import means
from likewise.types import Vectors

__all__ = ["Taught", "fit", "token_table"]

_ZIPF: Final = 3e-5  # a of SIF where frequencies are those of Zipf's law over the order of the vocabulary
_MEASURED: Final = 1e-3  # and where they were counted
_RIDGE: Final = 0.01
_STEPS: Final = 15  # of conjugate gradients; stopping early regularises too


@dataclass(frozen=True, slots=True)
class Taught:
    """Texts as runs of token ids, and the teacher's vectors `(n, teacher's dim)` of them. No run is empty."""

    ids: NDArray[np.int32]
    lengths: NDArray[np.int64]
    vectors: Vectors


def token_table(tokens: Vectors, dim: int) -> Vectors:
    """A table `(tokens, dim)` from the teacher's vectors of single tokens, without any text: PCA, SIF by Zipf's law."""
    inverse = 1 / np.arange(2, len(tokens) + 2)
    centred = tokens - tokens.mean(axis=0)
    weights = _ZIPF / (_ZIPF + inverse / inverse.sum())
    table: Vectors = (centred @ _basis(centred, dim) * weights[:, None]).astype(np.float32)
    return table


def fit(tokens: Vectors, taught: Taught, dim: int, tick: Callable[[int, int], None]) -> tuple[Vectors, float]:
    """A table fitted to texts, and the mean cosine of its vectors to the teacher's (both centred, in `dim` dimensions).

    Minimises |X E - T|^2 + 0.01 |E - E0|^2 over tables E: X takes weighted means over the tokens of a text, T are
    the teacher's vectors, E0 the teacher's token vectors weighted by measured frequency. `tick` hears step and steps.
    """
    counts = np.bincount(taught.ids, minlength=len(tokens))
    frequency = (counts + 0.5) / (counts + 0.5).sum()
    centred = taught.vectors - taught.vectors.mean(axis=0)
    basis = _basis(centred, dim)
    wanted = _unit(centred @ basis)
    weights = _MEASURED / (_MEASURED + frequency)
    prior = ((tokens - frequency @ tokens) @ basis * weights[:, None]).astype(np.float32)
    norms = np.linalg.norm(means(prior, taught.ids, taught.lengths), axis=1)
    middle = max(float(np.median(norms)), 1e-12)
    # every text is scaled as its vector will be, so that the fit is one of directions
    pooling = _Pooling(taught, len(tokens), (1 / np.maximum(norms / middle, 0.2)).astype(np.float32))
    table = _solve(pooling, wanted, prior / np.float32(middle), tick)
    found = _unit(means(table, taught.ids, taught.lengths))
    return table, float((found * wanted).sum(axis=1).mean())


class _Pooling:
    """The linear map from a table to scaled means over texts, its transpose, and the diagonal of both in a row."""

    def __init__(self, taught: Taught, tokens: int, scale: Vectors) -> None:
        self._ids, self._lengths = taught.ids, taught.lengths
        self._scale: Vectors = scale[:, None]
        order = np.argsort(taught.ids, kind="stable")
        texts = np.repeat(np.arange(len(taught.lengths)), taught.lengths)
        self._texts = texts[order].astype(np.int32)
        self._counts = np.bincount(taught.ids, minlength=tokens)
        share: Vectors = np.divide(scale, taught.lengths, dtype=np.float32)
        self._share: Vectors = share[:, None]
        # a token that stands twice in a text counts as two: near enough to speed the descent up
        self.diagonal: Vectors = np.bincount(taught.ids, (share**2)[texts], tokens).astype(np.float32)[:, None]

    def forward(self, table: Vectors) -> Vectors:
        rows: Vectors = means(table, self._ids, self._lengths) * self._scale
        return rows

    def back(self, rows: Vectors) -> Vectors:
        sums = means(np.multiply(rows, self._share), self._texts, self._counts)
        return sums * self._counts[:, None].astype(np.float32)


def _solve(pooling: _Pooling, wanted: Vectors, prior: Vectors, tick: Callable[[int, int], None]) -> Vectors:
    """Conjugate gradients on the normal equations, scaled by their diagonal, from the prior; dimension by dimension."""
    table = prior.copy()
    scale = 1 / (pooling.diagonal + np.float32(_RIDGE))
    rest = pooling.back(wanted - pooling.forward(table))
    way: Vectors = np.multiply(scale, rest)
    size = (rest * way).sum(axis=0)
    for step in range(_STEPS):
        bent = pooling.back(pooling.forward(way)) + np.float32(_RIDGE) * way
        far = size / np.maximum((way * bent).sum(axis=0), 1e-20)
        table += far * way
        rest -= far * bent
        eased = scale * rest
        size, before = (rest * eased).sum(axis=0), size
        way = eased + size / np.maximum(before, 1e-20) * way
        tick(step + 1, _STEPS)
    return table


def _basis(centred: Vectors, dim: int) -> Vectors:
    """The `dim` directions `(from, dim)` along which centred rows differ most."""
    _, vectors = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
    basis: Vectors = vectors[:, ::-1][:, :dim].astype(np.float32)
    return basis


def _unit(rows: Vectors) -> Vectors:
    found: Vectors = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)).astype(np.float32)
    return found
