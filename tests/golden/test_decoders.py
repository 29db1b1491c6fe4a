"""States of tokens against transformers (decoders.npz, made by make_decoders.py), on every runtime that is here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.errors import MissingLibrary
from likewise.networks import Facts, Graph, TextNetwork, Weights
from likewise.parts import find, names
from likewise.runtimes import Runtime
from likewise.saving import checkpoint
from tests.golden.decoders import CASES, IDS, Case, write

GOLDEN = np.load(Path(__file__).parent / "decoders.npz")


def _network(path: Path, case: Case) -> TextNetwork:
    facts = Facts(path / "config.json", json.loads((path / "config.json").read_text()))
    made: TextNetwork = find("networks", case.config["model_type"])(facts, Weights(path, checkpoint(path)))
    return made


def _run(network: TextNetwork, runtime: str, texts: list[tuple[int, ...]]) -> list[Any]:
    """States of each text, all of them in one batch that is padded at the end."""
    try:
        kind = find("runtimes", runtime)
    except MissingLibrary as error:
        pytest.skip(str(error))
    graph = Graph(
        "golden", (("ids", "int32", 2), ("mask", "float32", 2)), lambda ops, i, m: (network.states(ops, i, m),)
    )
    made: Runtime = kind(graph, "fp32", 1)
    size = max(map(len, texts))
    ids = np.array([[*text, *[7] * (size - len(text))] for text in texts], dtype=np.int32)
    mask = np.array([[i < len(text) for i in range(size)] for text in texts], dtype=np.float32)
    return [row[: len(text)] for row, text in zip(made.run(ids, mask)[0], texts, strict=True)]


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize("name", CASES)
def test_states_equal_those_of_the_reference(name: str, runtime: str, tmp_path: Path) -> None:
    states = np.concatenate(_run(_network(write(tmp_path, CASES[name]), CASES[name]), runtime, list(IDS)))
    assert states.shape == GOLDEN[name].shape
    np.testing.assert_allclose(states, GOLDEN[name], atol=1e-5, rtol=0)


def test_the_cases_differ() -> None:
    assert set(GOLDEN.files) == set(CASES)
    assert len({GOLDEN[name].tobytes() for name in CASES}) == len(CASES)
