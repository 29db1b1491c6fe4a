"""When vectors may meet."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.encoders import load
from likewise.errors import SpaceError
from likewise.quantize import Codec, calibrate, truncated
from likewise.space import PROBES, TOLERANCE, from_json, relate, require, to_json
from likewise.types import Space, Storage
from tests.tiny import tiny_model


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Space:
    return load(tiny_model(tmp_path_factory.mktemp("space") / "tiny"), precision="fp32").space


def test_the_probe_is_what_the_encoder_gives(tiny: Path) -> None:
    encoder = load(tiny)
    wanted = np.concatenate([encoder.encode([text], role).vectors for role, text in PROBES])
    probe = np.frombuffer(encoder.space.probe, "<f4").reshape(len(PROBES), -1)
    np.testing.assert_allclose(probe, wanted, atol=1e-6)


def test_one_model_is_exact(tiny: Path) -> None:
    first, second = load(tiny).space, load(tiny).space
    assert relate(first, second).kind == "exact"
    assert relate(first, second).distance == 0


def test_bf16_is_equivalent_with_the_distance_measured(tiny: Path) -> None:
    fp32, bf16 = load(tiny, precision="fp32").space, load(tiny, precision="bf16").space
    relation = relate(fp32, bf16)
    assert relation.kind == "equivalent"
    assert relation.distance is not None
    assert 0 < relation.distance < TOLERANCE
    assert "precision" in relation.why
    assert require(fp32, bf16) == relation == relate(bf16, fp32)


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"dim": 48}, {"pooling": "cls"}, {"normalize": False}, {"prompts": {"query": "q: "}}, {"layers": 2}],
)
def test_other_models_are_incompatible(space: Space, change: dict[str, Any], tmp_path: Path) -> None:
    other = load(tiny_model(tmp_path / "tiny", **change), precision="fp32").space
    relation = relate(space, other)
    assert relation.kind == "incompatible"
    with pytest.raises(SpaceError) as error:
        require(space, other)
    assert str(space) in str(error.value)
    assert str(other) in str(error.value)


def test_another_length_is_incompatible(space: Space, tiny: Path) -> None:
    relation = relate(space, load(tiny, max_length=64, precision="fp32").space)
    assert (relation.kind, relation.why) == ("incompatible", "they differ in max_length")


def test_facts_that_change_no_vector_change_no_space(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny")
    before = load(folder).space
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"transformers_version": "0"}))
    assert load(folder).space == before
    (folder / "config.json").write_text(json.dumps(config | {"hidden_act": "relu"}))
    assert relate(load(folder).space, before).kind == "incompatible"


def test_another_tokenizer_is_incompatible(space: Space) -> None:
    assert relate(space, replace(space, tokenizer="0" * 64)).kind == "incompatible"


def test_without_a_probe_nothing_is_taken_on_trust(space: Space) -> None:
    other = replace(space, runtime="other")
    assert relate(space, other).kind == "equivalent"
    for probe in (b"", space.probe[:-4], b"\0" * len(space.probe), b"\xff" * len(space.probe)):
        relation = relate(space, replace(other, probe=probe))
        assert (relation.kind, relation.distance) == ("incompatible", None)


def test_a_runtime_that_computes_otherwise_is_incompatible(space: Space) -> None:
    vectors = np.frombuffer(space.probe, "<f4").copy()
    vectors[0] += 0.5
    relation = relate(space, replace(space, runtime="other", probe=vectors.tobytes()))
    assert relation.kind == "incompatible"
    assert relation.distance is not None
    assert relation.distance > TOLERANCE


def test_json_there_and_back(space: Space) -> None:
    back = from_json(to_json(space))
    assert back == space
    assert back.probe == space.probe
    assert back.id == space.id


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"probe": "xx", "prompts": []}', '{"prompts": 3}'])
def test_what_is_no_space_is_refused(text: str) -> None:
    with pytest.raises(SpaceError, match="cannot be read"):
        from_json(text)


def test_more_than_a_space_is_refused(space: Space) -> None:
    with pytest.raises(SpaceError, match="wanted"):
        from_json(to_json(space).replace('"dim"', '"size": 1, "dim"'))


# vectors kept as codes

OLDER = (
    '{"dim": 2, "max_length": 128, "model": "m", "normalize": true, "pooling": "mean", "precision": "fp32", "probe": '
    '"0000803f00000000", "prompts": [["query", "q: "]], "runtime": "numpy", "tokenizer": "t", "weights": "w"}'
)
"""What likewise 0.1.0 wrote."""


def coded(space: Space, kind: Storage, seed: int = 0) -> Space:
    sample = np.random.default_rng(seed).standard_normal((20, space.dim)).astype(np.float32)
    return calibrate(sample, kind).space(space)


def test_spaces_written_before_there_were_codes_are_the_same() -> None:
    space = from_json(OLDER)
    assert (space.id, space.vectors, space.calibration) == ("ea49721d0373dcdc", "float32", b"")
    assert to_json(space) == OLDER


@pytest.mark.parametrize("kind", ["float16", "int8", "binary"])
def test_codes_are_a_space_of_their_own(space: Space, kind: Storage) -> None:
    one, other = coded(space, kind), coded(space, kind, seed=1)
    assert one.id != space.id
    assert kind in str(one)
    back = from_json(to_json(one))
    assert (back, back.calibration, back.probe) == (one, one.calibration, one.probe)
    assert (one == other) == (one.id == other.id) == (kind == "float16")
    assert relate(one, back).kind == "exact"
    assert relate(one, coded(replace(space, max_length=64), kind)).kind == "incompatible"


@pytest.mark.parametrize("kind", ["int8", "binary"])
def test_float_queries_may_ask_codes_and_not_lie_among_them(space: Space, kind: Storage) -> None:
    codes = coded(space, kind)
    for asked in (space, coded(space, "float16"), replace(space, runtime="other")):
        relation = require(asked, codes)
        assert relation == require(codes, asked)
        assert relation.kind == "asymmetric"
        with pytest.raises(SpaceError, match="kept together") as error:
            require(asked, codes, together=True)
        assert str(asked) in str(error.value)
        assert str(codes) in str(error.value)
    run = replace(codes, runtime="other")
    assert require(run, codes, together=True).kind == "equivalent"


def test_codes_of_two_kinds_or_calibrations_do_not_meet(space: Space) -> None:
    int8, binary = coded(space, "int8"), coded(space, "binary")
    for one, other, why in [
        (int8, binary, "int8 and binary codes"),
        (int8, coded(space, "int8", seed=1), "int8 codes calibrated otherwise"),
        (binary, coded(space, "binary", seed=1), "binary codes calibrated otherwise"),
        (binary, replace(binary, calibration=b""), "binary codes calibrated otherwise"),
        (space, replace(int8, calibration=b""), "no calibration"),
        (truncated(space, 8), int8, "differ in dim"),
        (truncated(space, 8), space, "differ in dim"),
    ]:
        assert why in relate(one, other).why
        with pytest.raises(SpaceError, match="cannot be compared"):
            require(one, other)
    assert relate(space, Codec("binary", space.dim).space(space)).kind == "asymmetric"


def test_float16_is_float32_with_fewer_digits(space: Space) -> None:
    relation = require(space, coded(space, "float16"), together=True)
    assert (relation.kind, relation.distance) == ("equivalent", 0)


def test_a_kind_that_is_not_known_is_refused() -> None:
    with pytest.raises(SpaceError, match="cannot be read"):
        from_json(OLDER.replace('"dim"', '"vectors": "int3", "dim"'))
