"""Outputs beyond one vector against sentence-transformers (outputs.npz, made by make_outputs.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.encoders import load
from likewise.encoders._resolve import Found
from likewise.encoders.text.multivector import MultiVector
from likewise.encoders.text.reranker import Reranker
from likewise.encoders.text.sparse import Sparse
from tests.golden.outputs import MULTI, PAIRS, QUERIES, SPARSE, TEXTS, write
from tests.tiny import tiny_model

GOLDEN = np.load(Path(__file__).parent / "outputs.npz")


def near(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", MULTI)
def test_vectors_of_tokens_made_for_it(name: str, tmp_path: Path) -> None:
    model = MultiVector(Found(name, write(tmp_path / name, name)), precision="fp32")
    queries, texts = model.encode(QUERIES, "query"), model.encode(TEXTS)
    for found, role in ((queries, "query"), (texts, "document")):
        assert [len(vectors) for vectors in found.vectors] == GOLDEN[f"{name}.{role}_sizes"].tolist()
        near(np.concatenate(found.vectors), GOLDEN[f"{name}.{role}"])
    near(queries.maxsim(texts), GOLDEN[f"{name}.scores"])


@pytest.mark.parametrize("name", SPARSE)
def test_weights_of_words(name: str, tmp_path: Path) -> None:
    model = Sparse(Found(name, write(tmp_path / name, name)), precision="fp32")
    queries, texts = model.encode(QUERIES, "query"), model.encode(TEXTS)
    near(queries.dense(), GOLDEN[f"{name}.query"])
    near(texts.dense(), GOLDEN[f"{name}.document"])
    near(model.encode(TEXTS, most=5).dense(), GOLDEN[f"{name}.few"])
    near(queries.scores(texts), GOLDEN[f"{name}.scores"])


@pytest.mark.parametrize("name", PAIRS)
def test_scores_of_pairs(name: str, tmp_path: Path) -> None:
    model = Reranker(Found(name, write(tmp_path / name, name)), precision="fp32")
    near(np.stack([model.rerank(query, TEXTS).scores for query in QUERIES]), GOLDEN[f"{name}.scores"])


def test_vectors_of_tokens(tmp_path: Path) -> None:
    found = load(tiny_model(tmp_path / "m", layers=2), precision="fp32").tokens.encode(TEXTS)
    wanted = np.split(GOLDEN["tokens.vectors"], np.cumsum(GOLDEN["tokens.sizes"])[:-1])
    for text, rows in zip(found, wanted, strict=True):
        near(text.vectors, rows[1:-1])  # without [CLS] and [SEP]


def test_the_cases_differ() -> None:
    scores = [GOLDEN[f"{name}.scores"] for name in (*MULTI, *SPARSE, *PAIRS)]
    assert len({array.tobytes() for array in scores}) == len(scores)
    assert all(np.ptp(array) > 1e-3 for array in scores)
