"""Folders that are not whole, or that ask for what is not written: each refused by name, none computed wrongly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from likewise.encoders import load
from likewise.encoders._resolve import Found
from likewise.encoders.text._model import Model
from likewise.errors import ModelError
from likewise.networks import Facts, Graph, Inputs, TextNetwork, Weights
from likewise.parts import find
from likewise.runtimes._openvino import OpenVINOOps
from likewise.runtimes._openvino import model as built
from likewise.types import Vectors
from tests.golden.networks import CASES, write

NAMES = [name for name in CASES if "-" not in name]


def _model(path: Path) -> Model:
    return Model(Found("tiny", path))


def _build(network: TextNetwork) -> None:
    """Ask for every tensor, as compiling does."""
    inputs: Inputs = (("ids", "int32", 2), ("mask", "float32", 2))
    built(Graph("tiny", inputs, lambda ops, ids, mask: (network.states(ops, ids, mask),)), OpenVINOOps())


def _with(path: Path, weights: Mapping[str, Vectors]) -> TextNetwork:
    """The network of a folder with other tensors."""
    config = json.loads((path / "config.json").read_text())
    made: TextNetwork = find("networks", config["model_type"].replace("-", "_"))(
        Facts(path / "config.json", config), Weights(path, weights)
    )
    return made


def _tensors(path: Path) -> dict[str, Vectors]:
    """Those of the folder that states are computed from; the pooler is what BERT's next-sentence task trained."""
    return {name: w for name, w in load_file(path / "model.safetensors").items() if not name.startswith("pooler.")}


def _changed(path: Path, name: str, config: dict[str, Any]) -> Path:
    file = write(path, name) / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | config))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_is_needed(name: str, tmp_path: Path) -> None:
    weights = _tensors(write(tmp_path, name))
    _build(_with(tmp_path, weights))
    for tensor in weights:
        with pytest.raises(ModelError, match="lacks the tensor"):
            _build(_with(tmp_path, {other: w for other, w in weights.items() if other != tensor}))


@pytest.mark.parametrize("name", NAMES)
def test_a_tensor_of_another_shape_is_named(name: str, tmp_path: Path) -> None:
    weights = _tensors(write(tmp_path, name))
    for tensor in weights:
        with pytest.raises(ModelError, match=rf"{tensor} has the shape"):
            _build(_with(tmp_path, {**weights, tensor: weights[tensor][:-1]}))


@pytest.mark.parametrize("name", NAMES)
def test_a_tensor_that_holds_nan_is_named(name: str, tmp_path: Path) -> None:
    file = write(tmp_path, name) / "model.safetensors"
    weights = load_file(file)
    tensor = next(tensor for tensor in sorted(weights) if weights[tensor].ndim == 2 and "embed" not in tensor)
    weights[tensor].flat[0] = np.nan
    save_file(weights, file)
    with pytest.raises(ModelError, match=rf"{tensor} holds NaN"):
        load(tmp_path, precision="fp32")


@pytest.mark.parametrize(
    ("name", "config", "why"),
    [
        ("roberta", {"max_position_embeddings": 2}, "max_position_embeddings"),
        ("roberta", {"pad_token_id": -1}, "pad_token_id"),
        ("xlm_roberta", {"position_embedding_type": "rotary"}, "rotary"),
        ("distilbert", {"n_heads": 5}, "n_heads"),
        ("distilbert", {"hidden_dim": None}, "lacks hidden_dim"),
        ("mpnet", {"relative_attention_num_buckets": 16}, "relative_attention_num_buckets"),
        ("deberta_v2", {"conv_kernel_size": 3}, "conv_kernel_size"),
        ("deberta_v2", {"pos_att_type": 7}, "pos_att_type"),
        ("modernbert", {"layer_types": ["full_attention"]}, "layer_types"),
        ("modernbert", {"num_attention_heads": 16}, "even width"),
        ("nomic_bert", {"activation_function": "gelu"}, "activation_function"),
        ("nomic_bert", {"moe_every_n_layers": 2}, "moe_every_n_layers"),
        ("nomic_bert", {"rotary_emb_interleaved": True}, "rotary_emb_interleaved"),
        ("gte", {"head_dim": 4}, "head_dim"),
        ("gte", {"rope_parameters": {"rope_type": "longrope", "factor": 4.0}}, "longrope"),
        ("new", {"logn_attention_scale": True}, "logn_attention_scale"),
        ("new", {"position_embedding_type": "absolute"}, "absolute"),
        ("new", {"rope_scaling": {"type": "ntk", "factor": 2.0, "mixed_b": 0.5}}, "mixed_b"),
        ("new", {"model_type": "newer"}, "auto_map"),
    ],
)
def test_what_is_not_written_is_refused(name: str, config: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=why):
        _build(_model(_changed(tmp_path, name, config)).network)


def test_places_behind_padding_are_counted(tmp_path: Path) -> None:
    assert _model(write(tmp_path, "roberta")).network.positions == 38
    assert _model(_changed(tmp_path, "roberta", {"pad_token_id": 4})).network.positions == 35


def test_stretched_places_are_those_that_were_trained(tmp_path: Path) -> None:
    stretched = {"rotary_scaling_factor": 2.0, "max_trained_positions": 24}
    assert _model(_changed(tmp_path, "nomic_bert", stretched)).network.positions == 24


def test_parts_of_a_checkpoint_are_joined_and_a_missing_one_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, "modernbert") / "model.safetensors"
    wanted = load(tmp_path, precision="fp32").encode(["a b c"]).vectors
    weights = load_file(file)
    file.unlink()
    parts = {"part-1.safetensors": sorted(weights)[::2], "part-2.safetensors": sorted(weights)[1::2]}
    for part, named in parts.items():
        save_file({tensor: weights[tensor] for tensor in named}, tmp_path / part)
    where = {tensor: part for part, named in parts.items() for tensor in named}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    np.testing.assert_allclose(load(tmp_path, precision="fp32").encode(["a b c"]).vectors, wanted, atol=1e-6)
    (tmp_path / "part-2.safetensors").unlink()
    with pytest.raises(ModelError, match=r"part-2\.safetensors"):
        load(tmp_path)
