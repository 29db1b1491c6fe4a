"""Networks that bind many senses against references (bound.npz, made by make_bound.py), on every runtime."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from likewise.errors import InputError, MissingLibrary, ModelError
from likewise.modalities.depth import Depth
from likewise.modalities.fbank import Fbank
from likewise.modalities.motion import Steps
from likewise.modalities.thermal import Heat
from likewise.networks import Array, Facts, Graph, Node, Ops, Senses, Tower, Weights
from likewise.parts import find, names
from likewise.runtimes import Runtime
from likewise.saving import checkpoint
from likewise.types import Motion, Sound
from tests.golden.bound import CASES, LAYOUTS, PICTURED, TEXTS, contents, write

GOLDEN = np.load(Path(__file__).parent / "bound.npz")
ASKED = [tuple(key.split("/")) for key in GOLDEN.files if not key.startswith("prepared/")]


def _network(path: Path) -> Senses:
    facts = Facts(path / "config.json", json.loads((path / "config.json").read_text()))
    made: Senses = find("networks", facts.text("model_type").lower())(facts, Weights(path, checkpoint(path)))
    return made


def _run(tower: Tower, runtime: str, *inputs: Array) -> Array:
    def build(ops: Ops, *inputs: Node) -> tuple[Node, ...]:
        return (tower.build(ops, *inputs)["embedding"],)

    made: Runtime = find("runtimes", runtime)(Graph("bound", tower.inputs, build), "fp32", 1)
    return made.run(*inputs)[0]


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize(("name", "modality"), ASKED)
def test_every_sense_is_encoded_as_by_the_reference(name: str, modality: str, runtime: str, tmp_path: Path) -> None:
    try:
        find("runtimes", runtime)
    except MissingLibrary as error:
        pytest.skip(str(error))
    tower = _network(write(tmp_path, name)).towers[modality]
    if modality == "text":
        size = max(map(len, TEXTS))
        ids = np.array([[*text, *[0] * (size - len(text))] for text in TEXTS], dtype=np.int32)
        inputs: tuple[Array, ...] = (
            ids,
            np.array([[i < len(text) for i in range(size)] for text in TEXTS], np.float32),
        )
    else:
        assert tower.preparer is not None
        inputs = tower.preparer.inputs([tower.preparer.prepare(content) for content in contents()[modality]])
    found = _run(tower, runtime, *inputs)
    golden = GOLDEN[f"{name}/{modality}"]
    assert found.shape == golden.shape
    np.testing.assert_allclose(found, golden, atol=1e-5, rtol=0)
    assert np.abs(golden[0] - golden[1]).max() > 0.02


@pytest.mark.parametrize("sense", PICTURED)
def test_pictures_are_made_ready_as_by_languagebind(sense: str, tmp_path: Path) -> None:
    preparer = _network(write(tmp_path, f"languagebind-{sense}")).towers[sense].preparer
    assert preparer is not None
    (found,) = preparer.inputs([preparer.prepare(content) for content in contents()[sense]])
    np.testing.assert_allclose(found, GOLDEN[f"prepared/{sense}"], atol=1e-5, rtol=0)


def test_every_case_is_whole() -> None:
    assert set(CASES) == set(json.loads(LAYOUTS.read_text())) == {name for name, _ in ASKED}


def test_a_width_that_heads_cannot_share_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, "imagebind")
    config = json.loads((path / "config.json").read_text())
    config["depth"]["heads"] = 3
    (path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="a multiple of heads, 3"):
        _run(_network(path).towers["depth"], "openvino", np.zeros((1, 1, 32, 32), np.float32))


def test_a_sound_is_heard_from_its_beginning_to_its_end() -> None:
    tone = np.sin(np.arange(5 * 16_000) * np.linspace(0.05, 0.5, 5 * 16_000)).astype(np.float32)
    made = Fbank().prepare(Sound(tone, 16_000))
    assert made.shape == (3, 128, 204)
    for at, start in enumerate((0, 24_000, 48_000)):
        one = Fbank(clips=1).prepare(Sound(tone[start : start + 32_000], 16_000))[0]
        np.testing.assert_array_equal(made[at], one)
    assert not np.allclose(made[0], made[2])
    assert (made[:, :, 198:] == 0).all()


def test_a_sound_is_seen_in_parts_or_repeated() -> None:
    fbank = Fbank(mels=16, frames=40, seconds=0.0)
    noise = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    made = fbank.prepare(Sound(noise, 16_000))  # 98 frames, 59 places to begin at: 10, 30, 49
    assert made.shape == (3, 16, 40)
    np.testing.assert_array_equal(made[0][:, 20:], made[1][:, :20])
    np.testing.assert_array_equal(made[1][:, 19:], made[2][:, :21])
    short = fbank.prepare(Sound(noise[: 25 * 16 + 160 * 14], 16_000))  # 15 frames
    np.testing.assert_array_equal(short[0], short[2])
    np.testing.assert_array_equal(short[0][:, :15], short[0][:, 15:30])


def test_depth_is_nearness_where_it_is_known() -> None:
    metres = np.full((300, 400), 2.0, np.float32)
    metres[:, :200] = 0
    made = Depth(mean=(0.0,), std=(1.0,)).prepare(metres)
    assert made.shape == (224, 224)
    np.testing.assert_allclose(made[:, 150:], 0.075 * 518.857901 / 2 / 75, rtol=1e-5)
    np.testing.assert_allclose(made[:, :80], 0, atol=1e-6)
    far = Depth(baseline=0, most=10, far=10, mean=(0.5, 0.5, 0.5), std=(1, 1, 1))
    assert far.inputs([far.prepare(metres)])[0].shape == (1, 3, 224, 224)
    np.testing.assert_allclose(far.prepare(metres)[:, 150:], 0.2, rtol=1e-5)


def test_heat_beyond_eight_bits_is_spread() -> None:
    warm = np.linspace(29_000, 31_000, 300 * 300, dtype=np.float32).reshape(300, 300)
    made = Heat().prepare(warm)
    assert made.min() < 0.15
    assert made.max() > 0.85
    np.testing.assert_allclose(Heat().prepare(np.full((300, 300), 51, np.float32)), 0.2, rtol=1e-6)


def test_motion_is_brought_to_the_rate_and_cut() -> None:
    seconds = np.arange(1800) / 200
    samples = np.stack([np.sin(2 * np.pi * (i + 1) * seconds) for i in range(6)], axis=1).astype(np.float32)
    steps = Steps()
    first, second = steps.windows(Motion(samples, 200.0))
    assert len(first.samples) == len(second.samples) == 1000
    np.testing.assert_array_equal(second.samples, samples[800:])
    made = steps.prepare(first)
    assert made.shape == (6, 2000)
    np.testing.assert_allclose(made[:, :1999:2], samples[:1000].T, atol=1e-6)
    np.testing.assert_allclose(made[0, 1:100:2], (samples[:50, 0] + samples[1:51, 0]) / 2, atol=1e-6)


@pytest.mark.parametrize(
    ("preparer", "content"),
    [
        (Depth(), np.zeros((3, 4, 3), np.float32)),
        (Depth(), np.zeros((0, 4), np.float32)),
        (Depth(), "near"),
        (Heat(), np.full((4, 4), np.nan, np.float32)),
        (Heat(), None),
        (Steps(), Motion(np.zeros((100, 3), np.float32), 100.0)),
        (Steps(), Motion(np.zeros((0, 6), np.float32), 100.0)),
        (Steps(), Motion(np.full((9, 6), np.inf, np.float32), 100.0)),
        (Steps(), Motion(np.zeros((9, 6), np.float32), 0.0)),
        (Steps(), np.zeros((9, 6), np.float32)),
        (Fbank(), Sound(np.zeros(0, np.float32), 16_000)),
        (Fbank(), "a sound"),
    ],
)
def test_what_cannot_be_used_is_refused(preparer: Depth | Heat | Steps | Fbank, content: object) -> None:
    with pytest.raises(InputError):
        preparer.prepare(content)
