"""Static embeddings: tokens by words equal the tokenizer's, means, limits, folders that cannot be used, saving."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers

from likewise.encoders._resolve import Found
from likewise.encoders.text import _static_words
from likewise.encoders.text._static_folder import is_static, write_static
from likewise.encoders.text._static_sum import means
from likewise.encoders.text._static_words import Words, wordwise
from likewise.encoders.text.static import Static
from likewise.errors import InputError, ModelError
from likewise.space import relate
from tests.golden.static import tokenizer, write
from tests.tiny import tiny_model

TEXTS = ["how do I fix a leaky faucet", "", "the fox. " * 90_000, "面積", "x" * 300_000, "Ünïcödé text, re-read"]


def _static(path: Path, name: str = "float32", **options: int) -> Static:
    return Static(Found(name, write(path / name, name)), **options)


@functools.cache
def _bert(folder: str) -> tuple[Tokenizer, Words]:
    made = tokenizer(Path(folder))
    made.no_truncation()
    made.encode_special_tokens = True
    return made, Words(lambda texts: _ids(made, texts), lowercase=True)


def _ids(made: Tokenizer, texts: object) -> list[list[int]]:
    return [e.ids for e in made.encode_batch_fast(texts, add_special_tokens=False)]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("words"))


_PIECES = st.sampled_from(
    ["a", "B", "ß", "é", "e\u0301", "面", "🙂", "İ", "Σ", "\x00", "\x0b", "\x85", "\u00a0", "\u2028", "-"]
)
_TEXT = st.one_of(st.text(st.characters(codec="utf-8"), max_size=60), st.lists(_PIECES).map("".join))


@settings(max_examples=300, deadline=None)
@given(st.lists(_TEXT, max_size=8))
@example(["a" * 15, "a" * 16, "a" * 15 + "é", "a" * 7, "a" * 8, "a" * 9, "[CLS] [UNK]", "a\x00b", "a b\x00"])
def test_tokens_by_words_are_the_tokenizers(folder: str, texts: list[str]) -> None:
    made, words = _bert(folder)
    ids, lengths = words.ids(texts)
    rows = np.split(ids, np.cumsum(lengths)[:-1]) if texts else []
    assert [row.tolist() for row in rows] == _ids(made, texts)


def test_a_full_table_of_words_starts_afresh(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_static_words, "_MOST", 50)
    made, _ = _bert(folder)
    words = Words(lambda texts: _ids(made, texts), lowercase=True)
    for i in range(30):
        texts = [f"number{i * 7} word{i} {i}", "the same, always; antidisestablishmentarianism" + "s" * i]
        ids, lengths = words.ids(texts)
        assert [row.tolist() for row in np.split(ids, np.cumsum(lengths)[:-1])] == _ids(made, texts)


def test_only_tokenizers_that_work_by_words_are_taken_so(tmp_path: Path) -> None:
    assert wordwise(tokenizer(tmp_path / "a"))
    assert not wordwise(tokenizer(tmp_path / "b", "bytes"))
    phrase, composing = tokenizer(tmp_path / "c"), tokenizer(tmp_path / "d")
    phrase.add_tokens([AddedToken("leaky faucet", normalized=True)])
    composing.normalizer = normalizers.NFC()
    spaces = tokenizer(tmp_path / "e")
    spaces.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    assert not any(wordwise(made) for made in (phrase, composing, spaces))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 5), st.integers(100, 700)), max_size=400), st.integers(0, 2**32 - 1))
def test_means_are_means(lengths: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.standard_normal((40, 8)).astype(np.float32)
    ids = rng.integers(0, 40, sum(lengths)).astype(np.int32)
    found = means(table, ids, np.array(lengths, dtype=np.int64))
    runs = np.split(ids, np.cumsum(lengths)[:-1]) if lengths else []
    wanted = [table[run].astype(np.float64).mean(axis=0) if len(run) else np.zeros(8) for run in runs]
    np.testing.assert_allclose(found, np.reshape(wanted, (len(lengths), 8)), atol=1e-6)


@pytest.mark.parametrize("name", ["float32", "bytes", "words"])
def test_long_texts_are_whole(tmp_path: Path, name: str) -> None:
    encoder = _static(tmp_path, name)
    found = encoder.encode(TEXTS)
    counts = encoder.count(TEXTS)
    assert not found.failed
    assert not found.truncated
    assert [(r.seen, r.used) for r in found.reports] == [(n, n) for n in counts]
    assert counts[2] == 90_000 * encoder.count(["the fox. "])[0]
    np.testing.assert_allclose(found.vectors[2], encoder.encode(["the fox. "]).vectors[0], atol=1e-5)


def test_a_text_without_a_known_token_is_zero_and_says_so(tmp_path: Path) -> None:
    found = _static(tmp_path).encode(["", "面積", "faucet", "\ud800 faucet"])
    assert [bool(np.any(vector)) for vector in found.vectors] == [False, False, True, True]
    assert [report.ok for report in found.reports] == [True] * 4
    assert ["no token" in r.note for r in found.reports] == [True, True, False, False]
    assert "surrogate" in found.reports[3].note


def test_what_is_over_the_limit_is_cut_and_reported(tmp_path: Path) -> None:
    texts = ["a b c d " + "e f g h " * 5, "x"]
    whole, short = _static(tmp_path / "a"), _static(tmp_path / "b", max_length=4)
    assert short.capacity() == 4
    cut = short.encode(texts)
    assert [(r.seen, r.used, r.truncated) for r in cut.reports] == [(24, 4, True), (1, 1, False)]
    np.testing.assert_allclose(cut.vectors, whole.encode(["a b c d", "x"]).vectors, atol=1e-7)
    refused = short.encode(texts, overflow="error")
    assert [r.ok for r in refused.reports] == [False, True]
    assert "24" in refused.reports[0].error
    averaged = short.encode(texts, overflow="mean")
    assert (averaged.reports[0].used, averaged.truncated) == (24, ())
    pieces = whole.encode(["a b c d", *["e f g h"] * 5]).vectors.mean(axis=0)
    np.testing.assert_allclose(averaged.vectors[0], pieces / np.linalg.norm(pieces), atol=1e-6)
    assert relate(whole.space, short.space).kind == "incompatible"
    with pytest.raises(InputError, match="max_length"):
        _static(tmp_path / "c", max_length=0)


def test_prompts_come_before_the_text(tmp_path: Path) -> None:
    path = write(tmp_path / "st", "st-normalize")
    (path / "config_sentence_transformers.json").write_text(json.dumps({"prompts": {"query": "query: "}}))
    encoder = Static(Found("st", path), max_length=8)
    asked, told = encoder.encode_query(["fox"]), encoder.encode_document(["query: fox", "fox"])
    np.testing.assert_allclose(asked.vectors[0], told.vectors[0], atol=1e-7)
    assert asked.reports[0].seen == told.reports[1].seen
    assert encoder.capacity("query") == 8 - encoder.count(["query: "])[0]
    assert not np.allclose(asked.vectors[0], told.vectors[1])
    with pytest.raises(InputError, match="prompt"):
        Static(Found("st", path), max_length=2)


@pytest.mark.parametrize("name", ["float16", "clusters", "st-normalize"])
def test_save_and_load_is_exact(tmp_path: Path, name: str) -> None:
    first = _static(tmp_path, name)
    first.save(tmp_path / "copy" / name)
    second = Static(Found(name, tmp_path / "copy" / name))
    assert relate(first.space, second.space).kind == "exact"
    assert np.array_equal(first.encode(TEXTS).vectors, second.encode(TEXTS).vectors)
    with pytest.raises(InputError, match="not empty"):
        first.save(tmp_path / "copy" / name)


def test_precision_and_layout_are_told(tmp_path: Path) -> None:
    told = {name: _static(tmp_path, name).space for name in ("float16", "int8", "st")}
    assert [space.precision for space in told.values()] == ["fp16", "int8", "fp32"]
    assert {(space.pooling, space.runtime) for space in told.values()} == {("static mean", "numpy")}
    assert not is_static(tiny_model(tmp_path / "tiny"))
    assert not is_static(tmp_path / "nowhere")


_Tensors = dict[str, NDArray[Any]]
_BROKEN: dict[str, Callable[[NDArray[Any]], _Tensors]] = {
    "few rows": lambda table: {"embeddings": table[:-1]},
    "NaN": lambda table: {"embeddings": np.where(table == table[3, 3], np.nan, table)},
    "another tensor": lambda table: {"lm_head": table},
    "one axis": lambda table: {"embeddings": table[0]},
    "mapping": lambda table: {"embeddings": table, "mapping": np.full(len(table), len(table))},
    "weights": lambda table: {"embeddings": table, "weights": table[0]},
}


def _broken(path: Path, how: str) -> None:
    made = tokenizer(path.parent)
    table = np.ones((made.get_vocab_size(), 4), np.float32)
    path.mkdir()
    save_file(_BROKEN[how](table) if how in _BROKEN else {"embeddings": table}, path / "model.safetensors")
    made.save(str(path / "tokenizer.json"))
    (path / "config.json").write_text('{"model_type": "model2vec"}')
    if how == "half a file":
        whole = (path / "model.safetensors").read_bytes()
        (path / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    elif how == "tokenizer":
        (path / "tokenizer.json").write_text("{")


_WAYS = {
    "few rows": "rows",
    "NaN": "NaN",
    "another tensor": "lm_head",
    "one axis": "shape",
    "mapping": "mapping",
    "weights": "weights",
    "half a file": "cannot be read",
    "tokenizer": "cannot be read",
}


@pytest.mark.parametrize("how", _WAYS)
def test_a_folder_that_cannot_be_used_says_why(tmp_path: Path, how: str) -> None:
    _broken(tmp_path / "model", how)
    with pytest.raises(ModelError, match=_WAYS[how]):
        Static(Found("model", tmp_path / "model"))


@pytest.mark.parametrize(
    ("modules", "why"),
    [
        ([{"type": "x.StaticEmbedding", "path": "../other"}], "outside"),
        ([{"type": "x.StaticEmbedding", "path": ""}, {"type": "x.Dense", "path": "1"}], "Dense"),
        ({"type": "x"}, "list"),
    ],
)
def test_modules_that_cannot_be_run(tmp_path: Path, modules: object, why: str) -> None:
    path = write(tmp_path / "st", "st")
    (path / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match=why):
        Static(Found("st", path))


def test_a_written_folder_is_both_layouts(tmp_path: Path) -> None:
    made = tokenizer(tmp_path)
    table = np.random.default_rng(0).standard_normal((made.get_vocab_size(), 6)).astype(np.float16)
    write_static(tmp_path / "new", table, made.to_str(), {"base_model": "tiny"})
    kinds = [step["type"].rpartition(".")[2] for step in json.loads((tmp_path / "new/modules.json").read_text())]
    assert kinds == ["StaticEmbedding", "Normalize"]
    encoder = Static(Found("new", tmp_path / "new"))
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(["fox"]).vectors, axis=1), 1, atol=1e-6)
    with pytest.raises(InputError, match="not empty"):
        write_static(tmp_path / "new", table, made.to_str(), {})
