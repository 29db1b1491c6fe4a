"""Laws of runtimes: the same vectors from every one, whatever the padding, the thread and the precision."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from likewise.encoders._resolve import Found
from likewise.encoders.text._model import Model
from likewise.encoders.text._batch import batch
from likewise.errors import InputError
from likewise.networks import Node, Ops
from likewise.networks._steps import Normalize, Pooling, pooled
from likewise.parts import names
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


@pytest.fixture(scope="module", params=names("runtimes"))
def runtime(request: pytest.FixtureRequest, model: Model) -> Runtime:
    return model.compile(_head, request.param, "fp32")


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


@pytest.mark.parametrize("name", names("runtimes"))
def test_names_and_threads(name: str, model: Model) -> None:
    runtime = model.compile(_head, name, "auto", 1)
    assert runtime.precision in {"fp32", "bf16", "fp16", "int8"}
    assert runtime.name == name
    assert runtime.lanes >= 1
    for precision, threads in (("fp8", None), ("fp32", 0)):
        with pytest.raises(InputError):
            model.compile(_head, name, precision, threads)
