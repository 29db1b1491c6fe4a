"""Codes are those of sentence-transformers, bit by bit; distances are those of FAISS."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from likewise.quantize import Codec, calibrate, hamming

GOLDEN = Path(__file__).with_name("quantize.npz")


@pytest.mark.parametrize(("kind", "name"), [("int8", "int8"), ("binary", "ubinary")])
def test_codes_are_those_of_sentence_transformers(kind: str, name: str) -> None:
    with np.load(GOLDEN) as golden:
        vectors, wanted = golden["vectors"], golden[name]
    codec = calibrate(vectors[:20], "int8") if kind == "int8" else Codec("binary", vectors.shape[1])
    np.testing.assert_array_equal(codec.encode(vectors), wanted)


def test_what_leaves_the_ranges_is_counted() -> None:
    with np.load(GOLDEN) as golden:
        vectors = golden["vectors"]
    low, high = vectors[:20].min(axis=0), vectors[:20].max(axis=0)
    step = (high - low) / 255  # the last bucket ends one step above the highest number of the sample
    outside = np.count_nonzero((vectors < low) | (vectors >= high + step))
    assert calibrate(vectors[:20], "int8").saturated(vectors) == outside > 50


@pytest.mark.parametrize("dim", [21, 64, 384])
def test_distances_are_those_of_faiss(dim: int) -> None:
    rng = np.random.default_rng(dim)
    codec = Codec("binary", dim)
    documents, queries = (codec.encode(rng.standard_normal((n, dim)).astype(np.float32)) for n in (50, 7))
    index = faiss.IndexBinaryFlat(8 * codec.columns)
    index.add(documents)
    distances, order = index.search(queries, 50)
    wanted = np.empty_like(distances)
    np.put_along_axis(wanted, order, distances, axis=1)
    np.testing.assert_array_equal(hamming(queries, documents), wanted)
