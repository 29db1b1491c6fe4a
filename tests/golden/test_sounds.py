"""Audio networks and their preprocessing against transformers (sounds.npz, made by make_sounds.py), from sounds on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from likewise.encoders import load
from likewise.encoders.senses._audio import audio
from likewise.errors import MissingLibrary
from likewise.modalities import Preparer
from likewise.networks import Array, Facts, Graph, Node, Ops, Senses, Tower, Weights
from likewise.parts import find, names
from likewise.runtimes import Runtime
from likewise.saving import checkpoint
from likewise.types import Item
from tests.golden.sounds import CASES, LAYOUTS, TEXTS, sounds, write

GOLDEN = np.load(Path(__file__).parent / "sounds.npz")


def _network(path: Path) -> Senses:
    facts = Facts(path / "config.json", json.loads((path / "config.json").read_text()))
    made = find("networks", facts.text("model_type").replace("-", "_"))
    network: Senses = made(facts, Weights(path, checkpoint(path), made.prefixes))
    return network


def _compiled(tower: Tower, kinds: list[str], runtime: str = "openvino") -> Runtime:
    def build(ops: Ops, *inputs: Node) -> tuple[Node, ...]:
        outputs = tower.build(ops, *inputs)
        return tuple(outputs[kind] for kind in kinds)

    try:
        made: Runtime = find("runtimes", runtime)(Graph("audio", tower.inputs, build), "fp32", 1)
    except MissingLibrary as error:
        pytest.skip(str(error))
    return made


def _hearing(path: Path) -> tuple[Preparer, Tower]:
    network = _network(path)
    return audio(path, network.facts), network.towers["audio"]


def _heard(preparer: Preparer) -> list[Array]:
    return [preparer.prepare(sound) for sound in sounds()]


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize("name", CASES)
def test_sounds_in_one_batch_are_encoded_as_each_alone_by_the_reference(
    name: str, runtime: str, tmp_path: Path
) -> None:
    preparer, tower = _hearing(write(tmp_path, name))
    kinds = [kind for kind in ("embedding", "tokens", "features") if f"{name}/{kind}/0" in GOLDEN]
    found = _compiled(tower, kinds, runtime).run(*preparer.inputs(_heard(preparer)))
    assert found[0].shape == (3, tower.dim)
    for kind, rows in zip(kinds, found, strict=True):
        for i, row in enumerate(rows[: 1 if kind == "tokens" else 3]):
            wanted = GOLDEN[f"{name}/{kind}/{i}"]
            np.testing.assert_allclose(row[: len(wanted)], wanted, atol=2e-5, rtol=0, err_msg=f"{kind} {i}")


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize("name", CASES)
def test_sounds_are_loaded_and_encoded_as_by_the_reference(name: str, runtime: str, tmp_path: Path) -> None:
    try:
        encoder = load(write(tmp_path, name), runtime=runtime, precision="fp32", threads=1)
    except MissingLibrary as error:
        pytest.skip(str(error))
    found = encoder.encode([Item(str(i), sound, "audio") for i, sound in enumerate(sounds())])
    assert not found.failed
    wanted = np.stack([GOLDEN[f"{name}/embedding/{i}"] for i in range(3)])
    np.testing.assert_allclose(found.vectors, wanted, atol=2e-5, rtol=0)
    cut = [len(one.samples) > 16_000 and name.startswith(("clap", "whisper", "audio_s")) for one in sounds()]
    assert [report.truncated for report in found.reports] == [long and name != "clap-fused" for long in cut]


@pytest.mark.parametrize("name", CASES)
def test_a_sound_has_the_same_vector_in_any_batch(name: str, tmp_path: Path) -> None:
    preparer, tower = _hearing(write(tmp_path, name))
    runtime, heard = _compiled(tower, ["embedding"]), _heard(preparer)
    together = runtime.run(*preparer.inputs(heard))[0]
    alone = np.concatenate([runtime.run(*preparer.inputs([one]))[0] for one in heard])
    np.testing.assert_allclose(together, alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("clap")])
def test_texts_are_encoded_as_by_the_reference(name: str, runtime: str, tmp_path: Path) -> None:
    size = max(map(len, TEXTS))
    tower = _network(write(tmp_path, name)).towers["text"]
    ids = np.array([[*text, *[tower.pad] * (size - len(text))] for text in TEXTS], dtype=np.int32)
    mask = np.array([[i < len(text) for i in range(size)] for text in TEXTS], dtype=np.float32)
    (found,) = _compiled(tower, ["embedding"], runtime).run(ids, mask)
    wanted = np.stack([GOLDEN[f"{name}/text/{i}"] for i in range(len(TEXTS))])
    np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=0)


def test_the_cases_differ() -> None:
    assert set(CASES) == set(json.loads(LAYOUTS.read_text()))
    assert len({GOLDEN[f"{name}/embedding/0"].tobytes() for name in CASES}) == len(CASES)
    for name in CASES:
        rows = [GOLDEN[f"{name}/embedding/{i}"] for i in range(3)]
        assert min(np.abs(rows[0] - rows[i]).max() for i in (1, 2)) > 0.02, name
