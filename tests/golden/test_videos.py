"""Video networks and their preprocessing against transformers (videos.npz, made by make_videos.py), from clips on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from likewise.encoders import load
from likewise.encoders.senses._video import video
from likewise.errors import MissingLibrary, ModelError
from likewise.modalities import Preparer
from likewise.networks import Array, Facts, Graph, Node, Ops, Senses, Tower, Weights
from likewise.parts import find, names
from likewise.runtimes import Runtime
from likewise.saving import checkpoint
from likewise.types import Item
from tests.golden.videos import CASES, LAYOUTS, READY, TEXTS, clips, write

GOLDEN = np.load(Path(__file__).parent / "videos.npz")


def _network(path: Path) -> Senses:
    facts = Facts(path / "config.json", json.loads((path / "config.json").read_text()))
    made = find("networks", facts.text("model_type").replace("-", "_"))
    network: Senses = made(facts, Weights(path, checkpoint(path), made.prefixes))
    return network


def _preparer(path: Path, network: Senses) -> Preparer:
    return network.towers["video"].preparer or video(path, network.facts)


def _run(tower: Tower, kinds: list[str], runtime: str, *inputs: Array) -> dict[str, Array]:
    def build(ops: Ops, *inputs: Node) -> tuple[Node, ...]:
        outputs = tower.build(ops, *inputs)
        return tuple(outputs[kind] for kind in kinds)

    made: Runtime = find("runtimes", runtime)(Graph("video", tower.inputs, build), "fp32", 1)
    return dict(zip(kinds, made.run(*inputs), strict=True))


def _there(runtime: str) -> None:
    try:
        find("runtimes", runtime)
    except MissingLibrary as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", READY)
def test_clips_are_made_ready_as_by_the_reference(name: str, tmp_path: Path) -> None:
    path = write(tmp_path, name)
    preparer = _preparer(path, _network(path))
    (found,) = preparer.inputs([preparer.prepare(clip) for clip in clips()])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, GOLDEN[f"{name}/pixels"], atol=2e-6, rtol=0)


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize("name", CASES)
def test_clips_are_encoded_as_by_the_reference(name: str, runtime: str, tmp_path: Path) -> None:
    _there(runtime)
    path = write(tmp_path, name)
    network = _network(path)
    preparer, tower = _preparer(path, network), network.towers["video"]
    kinds = [kind for kind in ("embedding", "tokens", "features") if f"{name}/{kind}" in GOLDEN]
    found = _run(tower, kinds, runtime, *preparer.inputs([preparer.prepare(clip) for clip in clips()]))
    assert found["embedding"].shape == (3, tower.dim)
    for kind in kinds:
        assert found[kind].shape == GOLDEN[f"{name}/{kind}"].shape
        np.testing.assert_allclose(found[kind], GOLDEN[f"{name}/{kind}"], atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", CASES)
def test_what_load_gives_is_the_reference(name: str, tmp_path: Path) -> None:
    encoder = load(write(tmp_path / name, name), precision="fp32")
    wanted = GOLDEN[f"{name}/embedding"]
    if encoder.space.normalize:
        wanted = wanted / np.linalg.norm(wanted, axis=1, keepdims=True)
    found = encoder.encode([Item(str(i), clip, "video") for i, clip in enumerate(clips())])
    assert not found.failed
    np.testing.assert_allclose(found.vectors, wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("runtime", names("runtimes"))
def test_texts_are_encoded_as_by_the_reference(runtime: str, tmp_path: Path) -> None:
    _there(runtime)
    size = max(map(len, TEXTS))
    ids = np.array([[*text, *[0] * (size - len(text))] for text in TEXTS], dtype=np.int32)
    mask = np.array([[i < len(text) for i in range(size)] for text in TEXTS], dtype=np.float32)
    tower = _network(write(tmp_path, "xclip")).towers["text"]
    found = _run(tower, ["embedding"], runtime, ids, mask)["embedding"]
    np.testing.assert_allclose(found, GOLDEN["xclip/text"], atol=1e-5, rtol=0)


def test_the_cases_differ() -> None:
    assert set(CASES) == set(json.loads(LAYOUTS.read_text()))
    assert len({GOLDEN[f"{name}/embedding"].tobytes() for name in CASES}) == len(CASES)
    for name in CASES:
        rows = GOLDEN[f"{name}/embedding"]
        assert min(np.abs(a - b).max() for a, b in ((rows[0], rows[1]), (rows[0], rows[2]))) > 0.05, name


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("videomae", "videomae.encoder.layer.1.output.dense.bias"),
        ("timesformer", "timesformer.encoder.layer.0.temporal_attention.output.dense.bias"),
        ("vivit", "vivit.encoder.layer.1.intermediate.dense.bias"),
        ("vjepa2", "encoder.layer.1.mlp.fc1.bias"),
        ("vjepa2-tuned", "pooler.cross_attention_layer.mlp.fc2.bias"),
        ("xclip", "vision_model.encoder.layers.1.message_attn.out_proj.bias"),
    ],
)
def test_a_layer_without_its_bias_is_refused(name: str, lost: str, tmp_path: Path) -> None:
    path = write(tmp_path, name)
    tensors = load_file(path / "model.safetensors")
    del tensors[lost]
    save_file(tensors, path / "model.safetensors")
    tower = _network(path).towers["video"]
    kinds = ["embedding", "features"] if name == "vjepa2-tuned" else ["embedding"]
    with pytest.raises(ModelError, match="lacks the tensor"):
        _run(tower, kinds, "openvino", np.zeros((1, 4, 3, 24, 24), dtype=np.float32))
