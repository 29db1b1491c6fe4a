"""Folders of sounds that are not whole, or ask for what is not written: each refused by name, none computed wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from likewise.encoders import load
from likewise.errors import ModelError
from likewise.networks import Facts, Graph, Node, Ops, Senses, Weights
from likewise.parts import find
from likewise.runtimes._openvino import OpenVINOOps
from likewise.runtimes._openvino import model as built
from likewise.types import Vectors
from tests.golden.sounds import CASES, write

NAMES = [name for name in CASES if "-" not in name]
UNUSED = (
    "quantizer.",
    "project_",
    "model.decoder.",
    "masked_spec_embed",
    "proj_out",
    "logit_scale",
    "classifier.dense",
)
"""Tensors that no tower is made of: those of training, of decoders, of logits."""
KEPT = ("num_batches_tracked", "relative_position_index", "position_ids", "token_type_ids")
"""What checkpoints carry along, and can be counted anew."""


def _network(path: Path, tensors: dict[str, Vectors]) -> Senses:
    facts = Facts(path / "config.json", json.loads((path / "config.json").read_text()))
    made = find("networks", facts.text("model_type").replace("-", "_"))
    network: Senses = made(facts, Weights(path, tensors, made.prefixes))
    return network


def _build(network: Senses) -> None:
    """Ask for every tensor of every tower, as compiling does."""
    for tower in network.towers.values():

        def build(ops: Ops, *inputs: Node, make: Any = tower.build) -> tuple[Node, ...]:
            return tuple(make(ops, *inputs).values())

        built(Graph("tiny", tower.inputs, build), OpenVINOOps())


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_is_needed(name: str, tmp_path: Path) -> None:
    tensors = load_file(write(tmp_path, name) / "model.safetensors")
    _build(_network(tmp_path, tensors))
    for lost in tensors:
        if any(part in lost for part in UNUSED) or lost.endswith(KEPT):
            continue
        if lost == "classifier.layernorm.weight":  # its absence says that there is no classifier
            continue
        with pytest.raises(ModelError, match="lacks the tensor"):
            _build(_network(tmp_path, {key: value for key, value in tensors.items() if key != lost}))


@pytest.mark.parametrize("name", NAMES)
def test_a_tensor_of_another_shape_is_told(name: str, tmp_path: Path) -> None:
    tensors = load_file(write(tmp_path, name) / "model.safetensors")
    used = [key for key in tensors if key.endswith("weight") and not any(part in key for part in UNUSED)]
    for key in used[:: max(1, len(used) // 6)]:
        with pytest.raises(ModelError, match=r"has the shape .* config\.json says"):
            _build(_network(tmp_path, tensors | {key: np.zeros((*tensors[key].shape, 2), np.float32)}))


@pytest.mark.parametrize(
    ("name", "changed", "told"),
    [
        ("wav2vec2", {"add_adapter": True}, "add_adapter is True, and only false"),
        ("wav2vec2-stable", {"adapter_attn_dim": 16}, "adapter_attn_dim is 16"),
        ("wav2vec2", {"feat_extract_norm": "batch"}, "feat_extract_norm is 'batch', and only group or layer"),
        ("wav2vec2", {"conv_stride": [5, 4]}, "conv_dim"),
        ("wav2vec2", {"num_attention_heads": 3}, "cannot be shared"),
        ("hubert", {"conv_pos_batch_norm": True}, "conv_pos_batch_norm is True"),
        ("wav2vec2_bert", {"position_embeddings_type": "rotary"}, "position_embeddings_type is 'rotary'"),
        ("wav2vec2_bert", {"conv_depthwise_kernel_size": 1}, "2 or more"),
        ("whisper", {"encoder_attention_heads": 5}, "cannot be shared"),
        ("clap", {"audio_config": {"fusion_type": "channel_map"}}, "fusion_type is 'channel_map'"),
        ("clap", {"audio_config": {"patch_embed_input_channels": 2}}, "patch_embed_input_channels is 2"),
        ("clap", {"audio_config": {"window_size": 5}}, "window_size 5 does not divide"),
    ],
)
def test_what_is_not_written_is_refused(name: str, changed: dict[str, Any], told: str, tmp_path: Path) -> None:
    file = write(tmp_path, name) / "config.json"
    config = json.loads(file.read_text())
    for key, value in changed.items():
        config[key] = config[key] | value if isinstance(value, dict) else value
    file.write_text(json.dumps(config))
    with pytest.raises(ModelError, match=told):
        load(tmp_path, precision="fp32")


def test_either_spelling_of_a_normed_kernel_is_read(tmp_path: Path) -> None:
    tensors = load_file(write(tmp_path / "old", "wav2vec2") / "model.safetensors")
    assert any(key.endswith("weight_g") for key in tensors)
    write(tmp_path / "new", "wav2vec2")
    spelt = {"weight_g": "parametrizations.weight.original0", "weight_v": "parametrizations.weight.original1"}
    for old, new in spelt.items():
        tensors = {key.replace(old, new): value for key, value in tensors.items()}
    save_file(tensors, tmp_path / "new" / "model.safetensors")
    _build(_network(tmp_path / "new", tensors))
    with pytest.raises(ModelError, match="original1"):
        _build(_network(tmp_path / "new", {key: value for key, value in tensors.items() if "original" not in key}))
