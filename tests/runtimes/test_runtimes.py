"""Laws of runtimes: the same vectors from every one, whatever the padding, the thread and the precision."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from likewise.encoders._resolve import Found
from likewise.encoders.text._batch import batch
from likewise.encoders.text._model import Model
from likewise.errors import InputError, MissingLibrary
from likewise.networks import Graph, Node, Ops
from likewise.networks._steps import Normalize, Pooling, pooled
from likewise.parts import find
from likewise.runtimes import Runtime, Tokens
from likewise.types import Vectors

LENGTHS = (40, 3, 17, 40, 2, 25)
RNG = np.random.default_rng(0)
ROWS = [RNG.integers(5, 18_000, length).astype(np.int32) for length in LENGTHS]


def _head(ops: Ops, states: Node, mask: Node) -> tuple[Node, ...]:
    return (pooled(ops, states, mask, Pooling(), (Normalize(),)),)


@pytest.fixture(scope="module")
def model(tiny: Path) -> Model:
    return Model(Found("tiny", tiny))


@pytest.fixture(scope="module")
def runtime(installed: str, model: Model) -> Runtime:
    return model.compile(_head, installed, "fp32")


def _vectors(runtime: Runtime, rows: list[Tokens]) -> Vectors:
    vectors: Vectors = runtime.run(*batch(rows))[0]
    return vectors


def test_padding_changes_nothing(runtime: Runtime) -> None:
    together = _vectors(runtime, ROWS)
    for row, expected in zip(ROWS, together, strict=True):
        np.testing.assert_allclose(_vectors(runtime, [row])[0], expected, atol=1e-5)


def test_every_runtime_gives_the_same(runtime: Runtime, model: Model) -> None:
    reference = _vectors(model.compile(_head, "openvino", "fp32"), ROWS)
    np.testing.assert_allclose(_vectors(runtime, ROWS), reference, atol=1e-5)


def test_several_threads_may_run_it(runtime: Runtime) -> None:
    alone = [_vectors(runtime, [row]) for row in ROWS]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda i: _vectors(runtime, [ROWS[i % len(ROWS)]]), range(40)))
    for i, vectors in enumerate(found):
        np.testing.assert_array_equal(vectors, alone[i % len(ROWS)])


def test_bf16_is_near(model: Model) -> None:
    exact, near = (_vectors(model.compile(_head, "openvino", precision), ROWS) for precision in ("fp32", "bf16"))
    assert not np.array_equal(exact, near)
    assert (exact * near).sum(1).min() > 0.999


def test_int8_is_near_and_the_same_in_any_batch(model: Model) -> None:
    exact = _vectors(model.compile(_head, "openvino", "fp32"), ROWS)
    runtime = model.compile(_head, "openvino", "int8", samples=[batch([row]) for row in ROWS])
    near = _vectors(runtime, ROWS)
    assert runtime.precision.startswith("int8:")
    assert not np.array_equal(exact, near)
    assert (exact * near).sum(1).min() > 0.99
    alone = np.concatenate([_vectors(runtime, [row]) for row in ROWS])
    assert (alone * near).sum(1).min() > 1 - 1e-4
    assert runtime.precision == model.compile(_head, "openvino", "int8", samples=[batch([r]) for r in ROWS]).precision
    with pytest.raises(InputError, match="samples"):
        model.compile(_head, "openvino", "int8")


def test_names_and_threads(installed: str, model: Model) -> None:
    runtime = model.compile(_head, installed, "auto", 1)
    assert runtime.precision in {"fp32", "bf16", "fp16", "int8"}
    assert runtime.name == installed
    assert runtime.version in repr(runtime)
    assert runtime.lanes >= 1
    assert runtime.budget >= 128
    for precision, threads in (("fp8", None), ("fp32", 0)):
        with pytest.raises(InputError):
            model.compile(_head, installed, precision, threads)


def test_a_device_that_is_not_there_is_refused(installed: str, model: Model) -> None:
    graph = Graph("one", (("x", "float32", 2),), lambda _, x: (x,))
    for device in ("cuda:99", "abacus"):
        with pytest.raises(InputError, match=f"'{device}'"):
            find("runtimes", installed)(graph, device=device)


def test_a_missing_library_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for library, extra in (("onnxruntime", "onnx"), ("torch", "torch")):
        for module in [m for m in sys.modules if m == library or m.startswith("likewise.runtimes.")]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
        with pytest.raises(MissingLibrary, match=re.escape(f"pip install 'likewise[{extra}]'")):
            find("runtimes", extra)
