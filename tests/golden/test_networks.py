"""States of tokens against transformers (networks.npz, made by make_networks.py), on every runtime that is here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from likewise.encoders._resolve import Found
from likewise.encoders.text._model import Model
from likewise.errors import MissingLibrary
from likewise.networks import Graph, Node, Ops
from likewise.parts import find, names
from likewise.runtimes import Array, Runtime
from tests.golden import decoders
from tests.golden.networks import CASES, IDS, LAYOUTS, write

GOLDEN = np.load(Path(__file__).parent / "networks.npz")


def _model(path: Path, name: str) -> Model:
    return Model(Found(name, write(path, name)))


def _batch() -> tuple[Array, Array]:
    """Ids and mask of the texts, padded at the end."""
    size = max(map(len, IDS))
    ids = np.array([[*text, *[0] * (size - len(text))] for text in IDS], dtype=np.int32)
    return ids, np.array([[i < len(text) for i in range(size)] for text in IDS], dtype=np.float32)


def _real(states: Array) -> Array:
    return np.concatenate([row[: len(text)] for row, text in zip(states, IDS, strict=True)])


def _bare(ops: Ops, states: Node, mask: Node) -> tuple[Node, ...]:
    return (states,)


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize("name", CASES)
def test_states_equal_those_of_the_reference(name: str, runtime: str, tmp_path: Path) -> None:
    try:
        find("runtimes", runtime)
    except MissingLibrary as error:
        pytest.skip(str(error))
    ids, mask = _batch()
    found = _real(_model(tmp_path, name).compile(_bare, runtime, "fp32", 1).run(ids, mask, mask)[0])
    assert found.shape == GOLDEN[name].shape
    np.testing.assert_allclose(found, GOLDEN[name], atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", [name for name in CASES if "-" not in name])
def test_segments_that_are_all_zero_change_nothing(name: str, tmp_path: Path) -> None:
    network = _model(tmp_path, name).network

    def build(ops: Ops, ids: Node, mask: Node, types: Node) -> tuple[Node, ...]:
        return (network.states(ops, ids, mask, types),)

    graph = Graph("segments", (("ids", "int32", 2), ("mask", "float32", 2), ("types", "int32", 2)), build)
    made: Runtime = find("runtimes", "openvino")(graph, "fp32", 1)
    ids, mask = _batch()
    found = _real(made.run(ids, mask, np.zeros_like(ids))[0])
    np.testing.assert_allclose(found, GOLDEN[name], atol=1e-5, rtol=0)


def test_every_network_has_a_case() -> None:
    kinds = {case.config["model_type"] for case in decoders.CASES.values()}
    for layouts in Path(__file__).parent.glob("*.json"):  # of this test and of the golden tests beside it
        configs = [layout.get("config", {}) for layout in json.loads(layouts.read_text()).values()]
        kinds |= {str(config.get("model_type") or config.get("architecture")) for config in configs if config}
    missing = set(names("networks")) - {kind.replace("-", "_").lower() for kind in kinds}
    assert not missing, "no golden case: list its config.json in a .json beside this file, as networks.json does"


def test_the_cases_differ() -> None:
    assert set(GOLDEN.files) == set(CASES) == set(json.loads(LAYOUTS.read_text()))
    assert len({GOLDEN[name].tobytes() for name in CASES}) == len(CASES)
