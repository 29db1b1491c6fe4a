"""A million vectors that lie as real ones do: some 66,000 encoded texts, and mixtures of near neighbours among them.

A grown row mixes a real row with two of its 16 nearest, in random shares; what averaging took of its length is given
back, in part, along the difference of two near rows from elsewhere, so that it fills all dimensions. Queries are real
and held out: half of them whole passages, half the first sentence of one.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks._texts import lines
from likewise.encoders import load

__all__ = ["grow", "profile", "real"]

Rows = NDArray[np.float32]

_QUERIES = 2_000
_NEAR, _MIXED = 16, 2
_BLOCK = 8_192


def real(work: Path, seconds: float) -> bool:
    """Encode the texts into `queries.npy` and `real.npy` of the work folder; False when the time ran out before."""
    if (work / "real.npy").exists():
        return True
    texts, start = _texts(), time.monotonic()
    encoder = load(max_length=128)
    for first in range(0, len(texts), _BLOCK):
        piece = work / f"piece-{first:06}.npy"
        if not piece.exists():
            if time.monotonic() - start > seconds:
                return False
            np.save(piece, encoder.encode_document(texts[first : first + _BLOCK]).vectors)
    pieces = sorted(work.glob("piece-*.npy"))
    vectors = np.concatenate([np.load(piece) for piece in pieces])
    np.save(work / "queries.npy", vectors[:_QUERIES])
    np.save(work / "real.npy", vectors[_QUERIES:])
    for piece in pieces:
        piece.unlink()
    return True


def grow(work: Path, count: int) -> Path:
    """The file of `count` unit vectors: the real ones and mixtures of them, in random order."""
    path = work / f"rows-{count}.npy"
    if path.exists():
        return path
    base, rng = np.load(work / "real.npy"), np.random.default_rng(7)
    partial = path.with_suffix(".partial")
    rows = np.lib.format.open_memmap(partial, "w+", np.float32, (count, base.shape[1]))
    places = rng.permutation(count)
    rows[places[: len(base)]] = base[:count]
    if count > len(base):
        near = faiss.knn(base, base, _NEAR + 1, metric=faiss.METRIC_INNER_PRODUCT)[1][:, 1:]
        for first in range(len(base), count, _BLOCK):
            at = places[first : first + _BLOCK]
            rows[at] = _mixtures(base, near, len(at), rng)
    rows.flush()
    partial.rename(path)
    return path


def profile(rows: Rows, queries: Rows) -> str:
    """How the neighbours of queries lie: distances, intrinsic dimension (maximum likelihood, TwoNN) and hubs."""
    scores, found = faiss.knn(queries, rows, 100, metric=faiss.METRIC_INNER_PRODUCT)
    apart = np.sqrt(np.maximum(2 - 2 * scores, 1e-9))
    dimension = [1 / -np.log(apart[:, : m - 1] / apart[:, m - 1 : m]).mean() for m in (10, 100)]
    ratios = apart[:, 1] / apart[:, 0]
    ratios = ratios[ratios > 1]
    most = np.bincount(found[:, :10].ravel()).max()
    first, tenth, last = (np.median(apart[:, m]) for m in (0, 9, 99))
    return (
        f"{len(rows):,} rows: distance to the 1st, 10th, 100th {first:.3f} {tenth:.3f} {last:.3f}, intrinsic dimension "
        f"{dimension[0]:.1f} (10) {dimension[1]:.1f} (100) {len(ratios) / np.log(ratios).sum():.1f} (TwoNN), "
        f"largest hub {most} of {len(queries)} queries"
    )


def _mixtures(base: Rows, near: NDArray[np.int64], count: int, rng: np.random.Generator) -> Rows:
    chosen = rng.integers(0, len(base), count)
    others = np.take_along_axis(near[chosen], rng.integers(0, _NEAR, (count, _MIXED)), 1)
    shares = rng.dirichlet(np.ones(_MIXED + 1), count).astype(np.float32)
    mixed = shares[:, :1] * base[chosen] + np.einsum("nm,nmd->nd", shares[:, 1:], base[others])
    elsewhere = rng.integers(0, len(base), count)
    apart = base[elsewhere] - base[near[elsewhere, rng.integers(0, _NEAR, count)]]
    lost = np.sqrt(np.maximum(1 - (mixed**2).sum(1, keepdims=True), 0))
    return _unit(mixed + rng.random((count, 1)).astype(np.float32) * lost * _unit(apart))


def _unit(rows: Rows) -> Rows:
    lengths: Rows = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)


def _texts() -> list[str]:
    """Textbook paragraphs and the first paragraphs of encyclopaedia articles, shuffled; the first are the queries."""
    passages = [row["text"] for row in lines("text/openstax/passages.jsonl.gz")]
    articles = [
        f"{row['title']}. {row['text'].splitlines()[0]}" for row in lines("text/enwiki/enwiki_articles.jsonl.gz")
    ]
    texts = list(dict.fromkeys(text for text in passages + articles if len(text) >= 60))
    texts = [texts[i] for i in np.random.default_rng(0).permutation(len(texts))]
    for i in range(_QUERIES // 2, _QUERIES):
        texts[i] = re.split(r"(?<=[.?!])\s", texts[i])[0]
    return texts
