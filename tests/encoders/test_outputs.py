"""Outputs beyond one vector: comparing them, cutting pairs, and folders that hold something else or are broken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from likewise import load, load_multivector, load_reranker, load_sparse
from likewise.encoders.text import _multi_values, _sparse_values
from likewise.encoders.text._multi_values import MultiEmbeddings
from likewise.encoders.text._pairs import longest_first
from likewise.encoders.text._sparse_values import SparseEmbeddings
from likewise.encoders.text.reranker import Reranker
from likewise.errors import InputError, ModelError, SpaceError
from likewise.types import Report, Space
from tests.golden.outputs import write

SPACE = Space("m", "w", "t", "multi", (), 8, 5, True, "fp32", "here")


def _many(rng: np.random.Generator, sizes: list[int], space: Space = SPACE) -> MultiEmbeddings:
    vectors = tuple(rng.standard_normal((size, space.dim)).astype(np.float32) for size in sizes)
    reports = tuple(Report(str(i), n, n, error="" if n else "bad") for i, n in enumerate(sizes))
    return MultiEmbeddings(tuple(str(i) for i in range(len(sizes))), vectors, space, reports)


@pytest.mark.parametrize("block", [1, 2048, 1 << 23])
def test_best_matches_are_summed(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_multi_values, "_BLOCK", block)
    rng = np.random.default_rng(0)
    queries, texts = _many(rng, [3, 0, 1, 7]), _many(rng, [2, 9, 0, 1, 40])
    found = queries.maxsim(texts)
    for i, query in enumerate(queries.vectors):
        for j, text in enumerate(texts.vectors):
            if len(query) and len(text):
                assert found[i, j] == pytest.approx((query @ text.T).max(axis=1).sum(), abs=1e-5)
            else:
                assert np.isnan(found[i, j])
    assert _many(rng, []).maxsim(texts).shape == (0, 5)
    assert queries.maxsim(_many(rng, [])).shape == (4, 0)


def test_vectors_of_other_spaces_never_meet() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(SpaceError):
        _many(rng, [1]).maxsim(_many(rng, [1], replace(SPACE, weights="other")))
    with pytest.raises(InputError, match="wanted"):
        MultiEmbeddings(("a",), (np.zeros((2, 4), np.float32),), SPACE, (Report("a", 2, 2),))


@pytest.mark.parametrize("block", [1, 1 << 23])
def test_weights_are_multiplied(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sparse_values, "_BLOCK", block)
    space = replace(SPACE, pooling="splade-max", normalize=False)

    def rows(dense: list[list[int]], bad: int = -1) -> SparseEmbeddings:
        matrix = np.array(dense, np.float32).reshape(-1, 5)
        starts = np.cumsum([0, *np.count_nonzero(matrix, axis=1)], dtype=np.int64)
        ids = tuple(str(i) for i in range(len(matrix)))
        reports = tuple(Report(i, 1, 1, error="bad" if int(i) == bad else "") for i in ids)
        indices = np.nonzero(matrix)[1].astype(np.int32)
        return SparseEmbeddings(ids, starts, indices, matrix[matrix != 0], space, reports)

    queries, texts = (
        [[1, 0, 2, 0, 0], [0, 0, 0, 0, 0], [0, 1, 0, 0, 1]],
        [[0, 0, 3, 1, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]],
    )
    found = rows(queries).scores(rows(texts))
    np.testing.assert_allclose(found, np.array(queries) @ np.array(texts).T)
    np.testing.assert_allclose(rows(texts).dense(), np.array(texts))
    assert np.isnan(rows(queries, bad=1).scores(rows(texts, bad=0))).sum() == 3 + 2
    assert rows(queries).scores(rows([])).shape == (3, 0)
    assert rows([]).scores(rows(texts)).shape == (0, 3)


@pytest.mark.parametrize("room", [4, 7, 16])
def test_pairs_are_cut_as_the_tokenizers_library_does_it(tmp_path: Path, room: int) -> None:
    path = write(tmp_path / "m", "pair-bert") / "tokenizer.json"
    made = Tokenizer.from_file(str(path))
    made.enable_truncation(room + 3, strategy="longest_first")
    for one in range(12):
        for other in range(12):
            encoded = made.encode("a" + " a" * (one - 1) if one else "", "b" + " b" * (other - 1) if other else "")
            kept = tuple(encoded.sequence_ids.count(text) for text in (0, 1))
            assert longest_first(one, other, room) == kept, (one, other)


@pytest.fixture(scope="module")
def reranker(tmp_path_factory: pytest.TempPathFactory) -> Reranker:
    return load_reranker(write(tmp_path_factory.mktemp("r") / "m", "pair-bert"), precision="fp32")


def test_a_ranking_is_sorted_and_cut(reranker: Reranker) -> None:
    texts = ["a river", "leaky faucet", "x", "how do i"]
    found = reranker.rerank("faucet", texts)
    assert [ranked.score for ranked in found] == sorted(found.scores.tolist(), reverse=True)
    assert [float(found.scores[ranked.index]) for ranked in found] == [ranked.score for ranked in found]
    assert reranker.rerank("faucet", texts, k=2)[:] == found[:2]
    assert reranker.rerank("faucet", ["x", "x"])[0].index == 0
    with pytest.raises(InputError, match="k is 0"):
        reranker.rerank("faucet", texts, k=0)
    with pytest.raises(InputError, match="query is int"):
        reranker.rerank(3, texts)  # type: ignore[arg-type]


def test_a_failed_text_is_not_ranked(reranker: Reranker) -> None:
    found = reranker.rerank("faucet", ["x", None, "y"])  # type: ignore[list-item]
    assert {ranked.index for ranked in found} == {0, 2}
    assert [report.id for report in found.failed] == ["1"]
    assert np.isnan(found.scores[1])


def test_a_long_query_is_cut_and_told(reranker: Reranker) -> None:
    (report,) = reranker.rerank("how do i fix a leaky faucet " * 9, ["x"]).reports
    assert report.truncated
    assert "the query was cut" in report.note
    assert report.used == report.seen == 1


def test_the_best_piece_counts(reranker: Reranker) -> None:
    pieces = ["leaky " * 3, "river " * 3]
    long = reranker.rerank("tap", [" ".join(["leaky"] * 12 + ["river"] * 12)], overflow="split")
    assert long.reports[0].used == long.reports[0].seen
    assert long.scores[0] >= reranker.rerank("tap", [" ".join(["leaky"] * 12 + ["river"] * 12)]).scores[0] - 1e-6
    assert len(reranker.rerank("tap", pieces)) == 2


def test_words_are_told_by_name(tmp_path: Path) -> None:
    model = load_sparse(write(tmp_path / "m", "routes"), precision="fp32")
    found = model.encode(["x", "a river"], "query")
    (_, river) = model.decode(found)
    assert {word.removeprefix("##") for word, _ in river} <= set("ariver")
    assert [weight for _, weight in river] == sorted((weight for _, weight in river), reverse=True)
    assert model.decode(found, most=1)[1] == river[:1]
    (texts,) = model.decode(model.encode(["a river"], most=3))
    assert len(texts) == 3
    with pytest.raises(InputError, match="most=0"):
        model.encode(["x"], most=0)


@pytest.mark.parametrize(
    ("case", "how"), [("stanford", "load_multivector"), ("pylate", "load_multivector"), ("splade-bert", "load_sparse"),
                      ("routes", "load_sparse"), ("pair-bert", "load_reranker")]
)  # fmt: skip
def test_load_says_what_to_call_instead(tmp_path: Path, case: str, how: str) -> None:
    with pytest.raises(ModelError, match=how):
        load(write(tmp_path / "m", case))


def test_folders_of_something_else(tmp_path: Path, tiny: Path) -> None:
    for loader, why in (
        (load_multivector, "no multi-vector model"),
        (load_sparse, "cannot be run"),
        (load_reranker, "cannot be run as a reranker"),
    ):
        with pytest.raises(ModelError, match=why):
            loader(tiny)
    with pytest.raises(ModelError, match="no head of a masked"):
        load_sparse(write(tmp_path / "m", "pair-bert"))
    with pytest.raises(ModelError, match="no head that scores"):
        load_reranker(write(tmp_path / "n", "masked"))


def test_broken_folders(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "stanford")
    save_file(
        {k: v for k, v in load_file(path / "model.safetensors").items() if k != "linear.weight"},
        path / "model.safetensors",
    )
    with pytest.raises(ModelError, match=r"linear\.weight"):
        load_multivector(path)
    path = write(tmp_path / "b", "pair-bert")
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | {"id2label": {"0": "no", "1": "yes"}}))
    with pytest.raises(ModelError, match="several classes"):
        load_reranker(path)
    (path / "config.json").write_text(json.dumps(config | {"sentence_transformers": {"activation_fn": "os.system"}}))
    with pytest.raises(ModelError, match="activation"):
        load_reranker(path)
    path = write(tmp_path / "c", "routes")
    query = path / "query_0_SparseStaticEmbedding"
    save_file({"weight": np.ones(3, np.float32)}, query / "model.safetensors")
    with pytest.raises(ModelError, match="weight has the shape"):
        load_sparse(path)
    (path / "router_config.json").write_text(json.dumps({"types": {}, "structure": {}}))
    with pytest.raises(ModelError, match=r"config\.json|router_config"):
        load_sparse(path)


def test_weights_that_are_nan_fail_the_text(tmp_path: Path) -> None:
    path = write(tmp_path / "m", "pair-bert")
    tensors = load_file(path / "model.safetensors")
    tensors["classifier.bias"][:] = np.nan
    save_file(tensors, path / "model.safetensors")
    found = load_reranker(path, precision="fp32").rerank("x", ["y"])
    assert len(found) == 0
    assert "NaN" in found.failed[0].error
