"""Finding a model, and folders that are not whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from likewise.encoders import load
from likewise.errors import ModelError
from tests.tiny import tiny_model


def test_an_unknown_name_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE"):
        load("nobody/nothing")
    with pytest.raises(ModelError, match="likewise models"):
        load("no such model!")
    with pytest.raises(ModelError, match="there is no folder"):
        load(tmp_path / "missing")
    with pytest.raises(ModelError, match="there is no folder"):
        load("./missing")
    with pytest.raises(ModelError, match="no model name"):
        load("")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny")
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"lacks {name}"):
        load(folder)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickle"):
        load(folder)


@pytest.mark.parametrize("name", ["config.json", "modules.json", "1_Pooling/config.json", "model.safetensors"])
@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe\x00"])
def test_a_broken_file_is_named(name: str, content: bytes, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny")
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=Path(name).name):
        load(folder)


def test_weights_cut_short_are_refused(tmp_path: Path) -> None:
    file = tiny_model(tmp_path / "tiny") / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ModelError, match="cannot be read"):
        load(file.parent)


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    file = tiny_model(tmp_path / "tiny") / "model.safetensors"
    weights = load_file(file)
    del weights["encoder.layer.0.output.dense.bias"]
    save_file(weights, file)
    with pytest.raises(ModelError, match=r"output\.dense\.bias"):
        load(file.parent)


@pytest.mark.parametrize(
    ("file", "change", "why"),
    [
        ("config.json", {"model_type": "t5"}, "t5"),
        ("config.json", {"hidden_act": "mish"}, "mish"),
        ("config.json", {"position_embedding_type": "relative_key"}, "absolute"),
        ("config.json", {"num_attention_heads": 5}, "heads"),
        ("config.json", {"hidden_size": 64}, "shape"),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False}, "pooling"),
        ("1_Pooling/config.json", {"pooling_mode": "attention"}, "attention"),
    ],
)
def test_what_cannot_be_run_is_said(file: str, change: dict[str, object], why: str, tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny") / file
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=why):
        load(tmp_path / "tiny")


def test_modules_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny")
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["path"] = "../other"
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match="outside"):
        load(folder)


def test_the_hugging_face_cache_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / "models--someone--tiny"
    tiny_model(home / "snapshots" / "aaa", seed=1)
    tiny_model(home / "snapshots" / "bbb", seed=2)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("aaa")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    found = load("someone/tiny")
    assert found.name == found.space.model == "someone/tiny"
    assert found.space.weights == load(home / "snapshots" / "aaa").space.weights
    (home / "snapshots" / "aaa" / "model.safetensors").unlink()  # half there: the next whole one is taken
    assert load("someone/tiny").space.weights == load(home / "snapshots" / "bbb").space.weights
    shutil.rmtree(home / "snapshots" / "bbb")
    with pytest.raises(ModelError, match=r"lacks model\.safetensors"):
        load("someone/tiny")


def test_the_packaged_model_is_the_default(packaged: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    first, second = load(), load(packaged)
    assert first.space == second.space
    assert (first.name, first.space.dim) == ("sentence-transformers/all-MiniLM-L6-v2", 384)
    tap, leak, treaty = first.encode(["a dripping tap", "the faucet leaks", "a treaty between nations"]).vectors
    assert tap @ leak > 0.4 > tap @ treaty


def test_bert_prefix_and_float16_weights_are_read(tmp_path: Path) -> None:
    plain = tiny_model(tmp_path / "plain")
    other = tiny_model(tmp_path / "other")
    weights = load_file(plain / "model.safetensors")
    save_file({f"bert.{name}": w.astype(np.float16) for name, w in weights.items()}, other / "model.safetensors")
    left, right = (load(folder).encode(["a leaky faucet"]).vectors[0] for folder in (plain, other))
    assert 0.9999 < left @ right < 1.0001


def test_a_size_that_is_missing_is_said(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny") / "config.json"
    config = json.loads(path.read_text())
    del config["vocab_size"]
    path.write_text(json.dumps(config))
    with pytest.raises(ModelError, match="vocab_size"):
        load(path.parent)


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny") / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["model"]["vocab"]["onemoreword"] = len(tokenizer["model"]["vocab"])
    path.write_text(json.dumps(tokenizer))
    with pytest.raises(ModelError, match="tokens"):
        load(path.parent)
