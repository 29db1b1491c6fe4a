"""torch: precisions, threads, and the tape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from likewise.networks import Graph, Node, Ops
from likewise.networks._steps import Pooling, Way, pooled

torch = pytest.importorskip("torch", reason="needs torch: pip install 'likewise[torch]'")
Torch = pytest.importorskip("likewise.runtimes.torch").Torch

RNG = np.random.default_rng(0)
STATES = RNG.standard_normal((2, 400, 8)).astype(np.float32)
MASK = (np.arange(400) < np.array([[399], [3]])).astype(np.float32)


def _pooled(precision: str, way: Way) -> Any:
    def build(ops: Ops, states: Node, mask: Node) -> tuple[Node, ...]:
        return (pooled(ops, states, mask, Pooling((way,)), ()),)

    graph = Graph("pool", (("states", "float32", 3), ("mask", "float32", 2)), build)
    return Torch(graph, precision, device="cpu").run(STATES, MASK)[0]


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_places_are_counted_in_full_whatever_the_precision(precision: str) -> None:
    # 16 bits of bfloat16 cannot tell place 399 from 398
    np.testing.assert_array_equal(_pooled(precision, "lasttoken"), [STATES[0, 398], STATES[1, 2]])
    np.testing.assert_allclose(_pooled(precision, "weightedmean"), _pooled("fp32", "weightedmean"), atol=1e-6)


@pytest.mark.parametrize(("precision", "step"), [("bf16", 2**-8), ("fp16", 2**-11)])
def test_products_are_rounded_as_the_precision_says(precision: str, step: float) -> None:
    weight = RNG.standard_normal((4, 8)).astype(np.float32)
    graph = Graph("one", (("x", "float32", 3),), lambda ops, x: (ops.linear(x, weight),))
    found = Torch(graph, precision, device="cpu").run(STATES)[0]
    exact = STATES @ weight.T
    wrong = np.abs(found - exact) / (np.abs(STATES) @ np.abs(weight.T))
    assert 0 < wrong.max() < 2 * step


def test_threads_are_its_own() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        graph = Graph("one", (("x", "float32", 3),), lambda ops, x: (ops.sqrt(x),))
        runtime = Torch(graph, "fp32", 2, device="cpu")
        assert runtime.lanes == 2
        assert {runtime._workers.submit(torch.get_num_threads).result() for _ in range(8)} == {1}
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_auto_is_bf16_only_where_it_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph("one", (("x", "float32", 3),), lambda ops, x: (ops.sqrt(x),))
    for fastest in ("fp32", "bf16"):
        monkeypatch.setattr("likewise.runtimes.torch.fastest", lambda answer=fastest: answer)
        assert Torch(graph, device="cpu").precision == fastest
