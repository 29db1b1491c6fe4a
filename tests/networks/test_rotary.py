"""Rotary positions: turned as complex numbers are, by the angles of transformers (golden/rotary.npz)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as op

from likewise.errors import ModelError
from likewise.networks import Facts
from likewise.networks._rotary import Rotary, rotary, rotate, tables
from likewise.runtimes._openvino import OpenVINOOps
from likewise.types import Vectors
from tests.golden.rotary import CASES, CONFIG, WIDTH

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "rotary.npz")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("layout", ["rope_scaling", "rope_parameters"])
def test_angles_equal_those_of_transformers(name: str, layout: str) -> None:
    scaling = {"rope_theta": CONFIG["rope_theta"], **CASES[name]}
    found = rotary(Facts(Path("config.json"), {**CONFIG, layout: scaling}), WIDTH)
    np.testing.assert_allclose(np.stack([found.cos, found.sin]), GOLDEN[name], atol=1e-5)


def test_one_of_several_sets_is_taken() -> None:
    sets = {"full_attention": {"rope_theta": 9.0}, "sliding_attention": {"rope_type": "default", "rope_theta": 5.0}}
    facts = Facts(Path("config.json"), {**CONFIG, "rope_parameters": sets})
    for kind, theta in (("full_attention", 9.0), ("sliding_attention", 5.0)):
        found = rotary(facts, WIDTH, kind=kind)
        np.testing.assert_array_equal(found.cos, tables(theta, WIDTH, int(CONFIG["max_position_embeddings"])).cos)


@pytest.mark.parametrize(
    ("scaling", "why"),
    [
        ({"rope_type": "longrope", "factor": 2.0}, "longrope"),
        ({"type": "twist"}, "twist"),
        ({"rope_type": "linear"}, "factor"),
        ({"type": "ntk", "factor": 2.0, "mixed_b": 0.5}, "mixed_b"),
        ({"rope_type": "default", "partial_rotary_factor": 0.5}, "partial_rotary_factor"),
    ],
)
def test_a_scaling_that_is_not_known_is_named(scaling: dict[str, object], why: str) -> None:
    with pytest.raises(ModelError, match=why):
        rotary(Facts(Path("config.json"), {**CONFIG, "rope_scaling": scaling}), WIDTH)


@pytest.mark.parametrize("interleaved", [False, True])
def test_pairs_turn_like_complex_numbers(interleaved: bool) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 5, WIDTH)).astype(np.float32)
    angles = rng.uniform(0, 6, (9, WIDTH // 2)).astype(np.float32)
    found = _turned(x, Rotary(np.cos(angles), np.sin(angles)), interleaved)
    pairs = x[..., 0::2] + 1j * x[..., 1::2] if interleaved else x[..., : WIDTH // 2] + 1j * x[..., WIDTH // 2 :]
    wanted = pairs * np.exp(1j * angles[:5])
    np.testing.assert_allclose(found, np.concatenate([wanted.real, wanted.imag], -1), atol=1e-5)


def _turned(x: Vectors, angles: Rotary, interleaved: bool) -> Vectors:
    ops = OpenVINOOps()
    states, ids = op.parameter([-1, -1, -1, WIDTH], np.float32), op.parameter([-1, -1], np.int32)
    node = rotate(ops, states, angles.rows(ops, ids), WIDTH, interleaved)
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = ov.Core().compile_model(ov.Model([node], [states, ids], "rotate"), "CPU", settings)
    return np.array(compiled([x, np.zeros((2, x.shape[2]), np.int32)])[0])
