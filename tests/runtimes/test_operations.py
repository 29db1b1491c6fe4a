"""Laws of operations: in every runtime each one computes what NumPy does."""

from __future__ import annotations

from collections.abc import Callable
from math import erf
from typing import Any

import numpy as np
import pytest

from likewise.errors import ModelError
from likewise.networks import ACTIVATIONS, Graph, Node, Ops
from likewise.parts import find
from likewise.runtimes import Array

Build = Callable[[Ops, Node, Node], Node | list[Node]]
Expected = Callable[[Array, Array], Any]

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 5, 8)).astype(np.float32)
IDS = RNG.integers(0, 7, (2, 5)).astype(np.int32)
WEIGHT = RNG.standard_normal((6, 8)).astype(np.float32)
BIAS = RNG.standard_normal(6).astype(np.float32)
SCALE = RNG.standard_normal(8).astype(np.float32)
TABLE = RNG.standard_normal((7, 40)).astype(np.float32)  # large enough to be kept outside of an ONNX model
PLACES = RNG.integers(0, 8, (2, 5, 3)).astype(np.int32)
LINE = RNG.standard_normal((6, 5, 3)).astype(np.float32)
PLANE = RNG.standard_normal((4, 5, 3, 2)).astype(np.float32)
ROOM = RNG.standard_normal((10, 1, 1, 2, 2)).astype(np.float32)
SQUARE = RNG.standard_normal((2, 8, 3)).astype(np.float32)
BRANCH = RNG.standard_normal((2, 3, 8)).astype(np.float32)


def _windows(x: Array, size: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], fill: float) -> Array:
    """Every window of x `(n, channels, *space)`: `(n, channels, *places, *size)`."""
    padded = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)], constant_values=fill)
    every = np.lib.stride_tricks.sliding_window_view(padded, size, tuple(range(2, x.ndim)))
    return np.asarray(every[(slice(None), slice(None), *(slice(None, None, step) for step in stride))])


def _convolved(x: Array, weight: Array, stride: tuple[int, ...], padding: tuple[int, ...], groups: int) -> Array:
    space = weight.ndim - 2
    windows = _windows(x, weight.shape[2:], stride, padding, 0.0)
    axes = tuple(range(-space, 0))
    made = [
        np.tensordot(part, kernel, ((1, *axes), (1, *axes)))
        for part, kernel in zip(np.split(windows, groups, 1), np.split(weight, groups), strict=True)
    ]
    return np.moveaxis(np.concatenate(made, -1), -1, 1)


def _normed(x: Array, epsilon: float) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon))


def _softmax(x: Array) -> Array:
    raised = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _attended(x: Array, bias: Array | float = 0.0) -> Array:
    heads = x.reshape(2, 5, 2, 4).transpose(0, 2, 1, 3)
    return np.asarray(_softmax(heads @ heads.transpose(0, 1, 3, 2) + bias) @ heads)


def _heads(ops: Ops, x: Node) -> Node:
    return ops.transpose(ops.reshape(x, (0, 0, 2, -1)), (0, 2, 1, 3))


def _attend(ops: Ops, x: Node, bias: Node | None) -> Node:
    heads = _heads(ops, x)
    return ops.attention(heads, heads, heads, bias)


CASES: dict[str, list[tuple[Build, Expected]]] = {
    "constant": [
        (lambda ops, x, _: ops.add(x, ops.constant(2.5)), lambda x, _: x + 2.5),
        (lambda ops, _, ids: ops.real(ops.add(ids, ops.constant(np.arange(5)))), lambda _, ids: ids + np.arange(5)),
    ],
    "linear": [
        (lambda ops, x, _: ops.linear(x, WEIGHT, BIAS), lambda x, _: x @ WEIGHT.T + BIAS),
        (lambda ops, x, _: ops.linear(ops.sum(x, 1), WEIGHT), lambda x, _: x.sum(1) @ WEIGHT.T),
    ],
    "matmul": [
        (lambda ops, x, _: ops.matmul(x, ops.constant(SQUARE)), lambda x, _: x @ SQUARE),
        (lambda ops, x, _: ops.matmul(x, ops.constant(BRANCH), True), lambda x, _: x @ BRANCH.transpose(0, 2, 1)),
    ],
    "add": [(lambda ops, x, _: ops.add(x, ops.constant(SCALE)), lambda x, _: x + SCALE)],
    "subtract": [(lambda ops, x, _: ops.subtract(ops.constant(1.0), x), lambda x, _: 1 - x)],
    "multiply": [(lambda ops, x, _: ops.multiply(x, x), lambda x, _: x * x)],
    "divide": [(lambda ops, x, _: ops.divide(x, ops.constant(SCALE)), lambda x, _: x / SCALE)],
    "sqrt": [(lambda ops, x, _: ops.sqrt(ops.absolute(x)), lambda x, _: np.sqrt(np.abs(x)))],
    "log": [(lambda ops, x, _: ops.log(ops.absolute(x)), lambda x, _: np.log(np.abs(x)))],
    "absolute": [(lambda ops, x, _: ops.absolute(x), lambda x, _: np.abs(x))],
    "layer_norm": [
        (
            lambda ops, x, _: ops.layer_norm(x, SCALE, SCALE + 1, 1e-3),
            lambda x, _: _normed(x, 1e-3) * SCALE + SCALE + 1,
        ),
        (lambda ops, x, _: ops.layer_norm(x, SCALE, None, 1e-3), lambda x, _: _normed(x, 1e-3) * SCALE),
        (lambda ops, x, _: ops.layer_norm(x, None, SCALE, 1e-3), lambda x, _: _normed(x, 1e-3) + SCALE),
        (lambda ops, x, _: ops.layer_norm(x, None, None, 0.5), lambda x, _: _normed(x, 0.5)),
    ],
    "rms_norm": [
        (
            lambda ops, x, _: ops.rms_norm(x, SCALE, 0.1),
            lambda x, _: x / np.sqrt((x * x).mean(-1, keepdims=True) + 0.1) * SCALE,
        )
    ],
    "softmax": [(lambda ops, x, _: ops.softmax(x), lambda x, _: _softmax(x))],
    "reshape": [(lambda ops, x, _: ops.reshape(x, (0, -1)), lambda x, _: x.reshape(2, 40))],
    "transpose": [(lambda ops, x, _: ops.transpose(x, (2, 0, 1)), lambda x, _: x.transpose(2, 0, 1))],
    "expand": [
        (lambda ops, x, _: ops.expand(x, 1, 2), lambda x, _: x[:, None, None]),
        (lambda ops, x, _: ops.expand(x, 0, 4), lambda x, _: x[None, ..., None]),
    ],
    "gather": [
        (lambda ops, _, ids: ops.gather(ops.constant(TABLE), ids), lambda _, ids: TABLE[ids]),
        (lambda ops, _, ids: ops.gather(ops.constant(SCALE), ids), lambda _, ids: SCALE[ids]),
    ],
    "pick": [(lambda ops, x, _: ops.pick(x, ops.constant(PLACES)), lambda x, _: np.take_along_axis(x, PLACES, -1))],
    "first": [
        (lambda ops, x, _: ops.first(x), lambda x, _: x[:, 0]),
        (lambda ops, x, _: ops.first(x, 3), lambda x, _: x[:, 3]),
    ],
    "concat": [(lambda ops, x, _: ops.concat([x, x], 1), lambda x, _: np.concatenate([x, x], 1))],
    "split": [
        (lambda ops, x, _: ops.split(x, (3, 5), -1), lambda x, _: [x[..., :3], x[..., 3:]]),
        (lambda ops, x, _: ops.split(x, (3, 5), 2)[1], lambda x, _: x[..., 3:]),
    ],
    "exp": [(lambda ops, x, _: ops.exp(x), lambda x, _: np.exp(x))],
    "slice": [
        (lambda ops, x, _: ops.slice(x, 1, 1, 4), lambda x, _: x[:, 1:4]),
        (lambda ops, x, _: ops.slice(x, -1, -5, None, 2), lambda x, _: x[..., -5::2]),
        (lambda ops, x, _: ops.slice(x, 2, 1, -1, 3), lambda x, _: x[..., 1:-1:3]),
    ],
    "convolution": [
        (
            lambda ops, x, _: ops.convolution(x, LINE, BIAS, padding=(1,)),
            lambda x, _: _convolved(x, LINE, (1,), (1,), 1) + BIAS[:, None],
        ),
        (
            lambda ops, x, _: ops.convolution(ops.reshape(x, (0, 0, 4, 2)), PLANE, stride=(2, 1), padding=(2, 1)),
            lambda x, _: _convolved(x.reshape(2, 5, 4, 2), PLANE, (2, 1), (2, 1), 1),
        ),
        (
            lambda ops, x, _: ops.convolution(ops.reshape(x, (0, 0, 2, 2, 2)), ROOM, TABLE[0, :10], groups=5),
            lambda x, _: (
                _convolved(x.reshape(2, 5, 2, 2, 2), ROOM, (1, 1, 1), (0, 0, 0), 5) + TABLE[0, :10, None, None, None]
            ),
        ),
    ],
    "max_pool": [
        (
            lambda ops, x, _: ops.max_pool(x, (3,), (2,), (1,)),
            lambda x, _: _windows(x, (3,), (2,), (1,), -np.inf).max(-1),
        ),
        (
            lambda ops, x, _: ops.max_pool(ops.reshape(x, (0, 0, 4, 2)), (2, 2), (2, 2), (0, 0)),
            lambda x, _: _windows(x.reshape(2, 5, 4, 2), (2, 2), (2, 2), (0, 0), 0).max((-2, -1)),
        ),
    ],
    "mean": [
        (lambda ops, x, _: ops.mean(x, (1, 2)), lambda x, _: x.mean((1, 2))),
        (lambda ops, x, _: ops.mean(x, (-1,), keep=True), lambda x, _: x.mean(-1, keepdims=True)),
    ],
    "sum": [
        (lambda ops, x, _: ops.sum(x, 1), lambda x, _: x.sum(1)),
        (lambda ops, x, _: ops.sum(x, -1, keep=True), lambda x, _: x.sum(-1, keepdims=True)),
    ],
    "max": [
        (lambda ops, x, _: ops.max(x, 1), lambda x, _: x.max(1)),
        (lambda ops, x, _: ops.max(x, -1, keep=True), lambda x, _: x.max(-1, keepdims=True)),
    ],
    "steps": [(lambda ops, _, ids: ops.real(ops.steps(ids)), lambda *_: np.arange(5))],
    "rows": [(lambda ops, _, ids: ops.rows(TABLE, ids), lambda *_: TABLE[:5])],
    "real": [(lambda ops, _, ids: ops.divide(ops.real(ids), ops.constant(2.0)), lambda _, ids: ids / 2)],
    "whole": [(lambda ops, x, _: ops.real(ops.whole(x)), lambda x, _: np.trunc(x))],
    "less": [(lambda ops, x, _: ops.less(x, ops.constant(0.1)), lambda x, _: (x < 0.1).astype(float))],
    "broadcast": [
        (lambda ops, x, _: ops.broadcast(ops.constant(SCALE), x), lambda x, _: np.broadcast_to(SCALE, x.shape))
    ],
    "normalize": [
        (lambda ops, x, _: ops.normalize(x), lambda x, _: x / np.linalg.norm(x, axis=-1, keepdims=True)),
        (lambda ops, x, _: ops.normalize(ops.subtract(x, x)), lambda x, _: np.zeros_like(x)),
    ],
    "attention": [
        (lambda ops, x, _: _attend(ops, x, ops.constant(TABLE[:5, :5])), lambda x, _: _attended(x, TABLE[:5, :5])),
        (lambda ops, x, _: _attend(ops, x, None), lambda x, _: _attended(x)),
    ],
}

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "gelu": lambda x: np.asarray(x * (1 + np.vectorize(erf)(x / 2**0.5)) / 2),
    "gelu_new": lambda x: np.asarray(x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))) / 2),
    "quick_gelu": lambda x: x * _sigmoid(1.702 * x),
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x * _sigmoid(x),
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
}
FUNCTIONS["gelu_pytorch_tanh"] = FUNCTIONS["gelu_new"]

ALL = [pytest.param(*case, id=f"{name}-{i}") for name, cases in CASES.items() for i, case in enumerate(cases)]


def _computed(name: str, build: Build) -> tuple[Array, ...]:
    def outputs(ops: Ops, x: Node, ids: Node) -> tuple[Node, ...]:
        made = build(ops, x, ids)
        return tuple(made) if isinstance(made, list) else (made,)

    graph = Graph("one", (("x", "float32", 3), ("ids", "int32", 2)), outputs)
    found: tuple[Array, ...] = find("runtimes", name)(graph, "fp32", 1).run(X, IDS)
    return found


def test_every_operation_is_tried() -> None:
    assert set(CASES) - {"attention"} | {"activation"} == Ops.__abstractmethods__
    assert set(FUNCTIONS) == set(ACTIVATIONS)


@pytest.mark.parametrize(("build", "expected"), ALL)
def test_operations_compute_what_numpy_does(installed: str, build: Build, expected: Expected) -> None:
    wanted = expected(X, IDS)
    found = _computed(installed, build)
    for mine, reference in zip(found, wanted if isinstance(wanted, list) else [wanted], strict=True):
        assert mine.dtype == np.float32
        assert mine.shape == np.shape(reference)
        np.testing.assert_allclose(mine, reference, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_compute_what_numpy_does(installed: str, name: str) -> None:
    found = _computed(installed, lambda ops, x, _: ops.activation(x, name))[0]
    np.testing.assert_allclose(found, FUNCTIONS[name](X), rtol=1e-5, atol=1e-5)


def test_an_unknown_activation_is_named(installed: str) -> None:
    with pytest.raises(ModelError, match=r"'swoosh'.*quick_gelu"):
        _computed(installed, lambda ops, x, _: ops.activation(x, "swoosh"))
