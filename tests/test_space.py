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
from likewise.space import PROBES, TOLERANCE, from_json, relate, require, to_json
from likewise.types import Space
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
