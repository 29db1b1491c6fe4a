"""Decoders from folder to vector: the end of a text, prompts, empty texts, long ones, weights in parts or halves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from likewise.catalog import find as known
from likewise.encoders import Encoder, load
from likewise.encoders.text._tokens import TokenCutter
from likewise.errors import InputError, ModelError
from likewise.networks import Graph
from likewise.networks._steps import Pooling, Way
from likewise.parts import find
from likewise.runtimes import Runtime
from tests.decoders import END, byte_tokenizer, decoder_model, halved, marked_tokenizer, sharded

LAST = {"pooling_mode_lasttoken": True}
"""Without a setting of how prompts count: they do."""


def _cutter(path: Path, head: str = "", tail: str = "", added: tuple[str, str] = ("", "")) -> TokenCutter:
    byte_tokenizer(head, tail).save(str(path / "tokenizer.json"))
    return TokenCutter(path / "tokenizer.json", 128, {"query": "Query: "}, lowercase=False, added=added)


def _ids(cutter: TokenCutter, text: str) -> list[int]:
    (cut,) = cutter.cut([text], "document", "truncate")
    (piece,) = cut.pieces
    return [int(i) for i in cast("np.ndarray", piece.content)]


@pytest.mark.parametrize(("head", "tail"), [("", ""), ("<s>", ""), ("", END), ("<s>", END)])
def test_any_frame_is_found(head: str, tail: str, tmp_path: Path) -> None:
    cutter, whole = _cutter(tmp_path, head, tail), byte_tokenizer(head, tail)
    for text in ("a", "how do I fix a faucet", " leading blank", "площадь"):
        assert _ids(cutter, text) == whole.encode(text).ids
    assert cutter.capacity("document") == 128 - whole.num_special_tokens_to_add(False)


def test_the_end_that_code_would_add_is_added_once(tmp_path: Path) -> None:
    wanted = byte_tokenizer(tail=END).encode("a faucet").ids
    assert _ids(_cutter(tmp_path, added=("", END)), "a faucet") == wanted
    assert _ids(_cutter(tmp_path, tail=END, added=("", END)), "a faucet") == wanted
    with pytest.raises(ModelError, match="lacks '</s>'"):
        _cutter(tmp_path, added=("", "</s>"))


def test_only_code_of_its_own_adds_an_end(tmp_path: Path) -> None:
    said: dict[str, object] = {"add_eos_token": True}
    plain = load(decoder_model(tmp_path / "plain", byte_tokenizer(), told=said))
    coded = load(decoder_model(tmp_path / "coded", byte_tokenizer(), told=said | {"auto_map": {"AutoTokenizer": []}}))
    ended = load(decoder_model(tmp_path / "ended", byte_tokenizer(tail=END)))
    vectors = [encoder.encode(["a faucet"]).vectors for encoder in (plain, coded, ended)]
    np.testing.assert_allclose(vectors[1], vectors[2], atol=1e-6)
    assert np.abs(vectors[0] - vectors[2]).max() > 1e-2
    assert coded.space.tokenizer != ended.space.tokenizer


def test_a_tokenizer_of_no_tokens_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    byte_tokenizer().save(str(file))
    said = json.loads(file.read_text())
    said["model"]["vocab"], said["model"]["merges"] = {}, []
    file.write_text(json.dumps(said))
    with pytest.raises(ModelError, match=r"tokenizer\.json has no tokens"):
        TokenCutter(file, 128, {}, lowercase=False)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    path = tmp_path_factory.mktemp("bare") / "gpt2"
    return load(decoder_model(path, byte_tokenizer(), "gpt2"), precision="fp32")


@pytest.mark.parametrize("overflow", ["truncate", "mean", "error"])
def test_a_text_of_no_tokens_fails_alone(bare: Encoder, overflow: str) -> None:
    found = bare.encode(["", "a", "", "faucet"], overflow=overflow)  # type: ignore[arg-type]
    assert [report.ok for report in found.reports] == [False, True, False, True]
    assert "no tokens" in found.reports[0].error
    assert np.isnan(found.vectors[::2]).all()
    np.testing.assert_allclose(found.vectors[1::2], bare.encode(["a", "faucet"]).vectors, atol=1e-5)
    assert bare.encode([""]).failed


def test_a_prompt_that_is_not_pooled_leaves_nothing(tmp_path: Path) -> None:
    pooling: dict[str, object] = {"pooling_mode": "lasttoken", "include_prompt": False}
    path = decoder_model(tmp_path / "m", byte_tokenizer(), pooling=pooling, prompts={"query": "Query:"})
    found = load(path, precision="fp32").encode_query(["", " a", "a"])
    assert [report.ok for report in found.reports] == [False, True, True]
    assert "prompt" in found.reports[0].error


def test_decoders_are_pooled_from_the_last_token(tmp_path: Path) -> None:
    plain = decoder_model(tmp_path / "plain", byte_tokenizer(tail=END))
    said = decoder_model(tmp_path / "said", byte_tokenizer(tail=END), pooling=dict(LAST))
    assert load(plain).space.pooling == load(said).space.pooling == "lasttoken"
    left, right = (load(path, precision="fp32").encode(["a faucet", ""]).vectors for path in (plain, said))
    np.testing.assert_allclose(left / np.linalg.norm(left, axis=1, keepdims=True), right, atol=1e-5)
    both = decoder_model(tmp_path / "both", byte_tokenizer(tail=END), "qwen2-both-ways")
    assert load(both).space.pooling == "mean"


def test_the_pooling_of_the_catalogue_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--Alibaba-NLP--gte-Qwen2-1.5B-instruct" / "snapshots" / "aaa"
    home.parent.mkdir(parents=True)
    decoder_model(home, byte_tokenizer(tail=END), "qwen2-both-ways")  # alone it would be pooled by the mean
    entry = known("Alibaba-NLP/gte-Qwen2-1.5B-instruct")
    assert entry is not None
    assert entry.pooling == "last"
    assert load(entry.id).space.pooling == "lasttoken"
    with pytest.raises(InputError, match="lasttoken"):
        load(decoder_model(tmp_path / "m", byte_tokenizer(tail=END)), pooling="first")


def test_prompts_of_other_names_leave_those_of_the_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--intfloat--e5-mistral-7b-instruct" / "snapshots" / "aaa"
    home.parent.mkdir(parents=True)
    prompts = {"web_search_query": "Instruct: search\nQuery: ", "sts_query": "Instruct: same\nQuery: "}
    decoder_model(home, byte_tokenizer(tail=END), "mistral", pooling=dict(LAST), prompts=prompts)
    entry = known("intfloat/e5-mistral-7b-instruct")
    assert entry is not None
    assert dict(load("intfloat/e5-mistral-7b-instruct").space.prompts) == dict(entry.prompts)


def test_a_text_is_the_same_in_any_batch(tmp_path: Path) -> None:
    texts = ["a", "how do I fix a leaky faucet", "", "площадь " * 9, "x" * 90]
    for name in ("mistral-window", "gemma3_text", "qwen2-both-ways"):
        encoder = load(decoder_model(tmp_path / name, byte_tokenizer(tail=END), name), precision="fp32")
        alone = np.concatenate([encoder.encode([text]).vectors for text in texts])
        np.testing.assert_allclose(encoder.encode(texts).vectors, alone, atol=1e-5)


def test_parts_and_bf16_weights_are_read(tmp_path: Path) -> None:
    whole = decoder_model(tmp_path / "whole", byte_tokenizer(tail=END))
    parts = sharded(decoder_model(tmp_path / "parts", byte_tokenizer(tail=END)))
    left, right = (load(path, precision="fp32").encode(["a faucet"]).vectors for path in (whole, parts))
    assert np.array_equal(left, right)
    rounded = decoder_model(tmp_path / "rounded", byte_tokenizer(tail=END))
    cut = {name: w.view("<u4") >> 16 << 16 for name, w in load_file(whole / "model.safetensors").items()}
    save_file({name: w.view("<f4") for name, w in cut.items()}, rounded / "model.safetensors")
    halved(whole)
    left, right = (load(path, precision="fp32").encode(["a faucet"]).vectors for path in (whole, rounded))
    np.testing.assert_allclose(left, right, atol=1e-6)
    next(parts.glob("*-00002-of-00002.safetensors")).unlink()
    with pytest.raises(ModelError, match="00002"):
        load(parts)


@pytest.mark.parametrize("between", [" ", "\n\n", "  \n "])
def test_slices_of_a_long_text_have_the_tokens_of_the_whole(between: str, tmp_path: Path) -> None:
    text = between.join(["faucet kitchen (x)"] * 9000)
    for name, made in (("bytes", byte_tokenizer(tail=END)), ("marked", marked_tokenizer())):
        file = tmp_path / f"{name}.json"
        made.save(str(file))
        cutter = TokenCutter(file, 1 << 20, {}, lowercase=False)
        if name == "marked" and between != " ":
            continue  # a mark in the place of a line break cannot be left out
        assert _ids(cutter, text) == made.encode(text).ids


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_places_are_told_apart_in_long_texts(precision: str) -> None:
    rng = np.random.default_rng(0)
    states = rng.standard_normal((2, 700, 8)).astype(np.float32)
    ways: tuple[Way, ...] = ("cls", "lasttoken")
    graph = Graph(
        "places",
        (("states", "float32", 3), ("mask", "float32", 2)),
        lambda ops, x, mask: tuple(Pooling((way,), whole=False).apply(ops, x, mask) for way in ways),
    )
    runtime: Runtime = find("runtimes", "openvino")(graph, precision, 1)
    mask = np.zeros((2, 700), np.float32)
    mask[0, 301:612] = mask[1, 9:700] = 1
    first, last = runtime.run(states, mask)
    np.testing.assert_allclose(first, states[[0, 1], [301, 9]], rtol=1e-2, atol=1e-2)
    np.testing.assert_allclose(last, states[[0, 1], [611, 699]], rtol=1e-2, atol=1e-2)
