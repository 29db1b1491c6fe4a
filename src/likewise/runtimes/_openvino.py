"""Operations of a network as an OpenVINO graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, final

import numpy as np
import openvino as ov
from openvino import opset13 as op

from likewise.errors import ModelError
from likewise.networks import ACTIVATIONS, END, Array, Graph, Inputs, Node, Ops
from likewise.runtimes._int8 import Range, Scales, measured, scales, watched
from likewise.types import Vectors

__all__ = ["OpenVINOOps", "model", "parameters", "ranges"]

_ACTIVATIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "gelu": lambda x: op.gelu(x, "erf"),
    "gelu_new": lambda x: op.gelu(x, "tanh"),
    "gelu_pytorch_tanh": lambda x: op.gelu(x, "tanh"),
    "quick_gelu": lambda x: op.multiply(x, op.sigmoid(op.multiply(x, op.constant(np.float32(1.702))))),
    "relu": op.relu,
    "silu": op.swish,
    "tanh": op.tanh,
    "sigmoid": op.sigmoid,
}


def model(graph: Graph, ops: OpenVINOOps) -> ov.Model:
    """The graph as OpenVINO has it; every axis of an input may have any length."""
    inputs = parameters(graph.inputs)
    return ov.Model(list(graph.build(ops, *inputs)), inputs, graph.name)


def parameters(inputs: Inputs) -> list[Any]:
    """Inputs as OpenVINO has them."""
    kinds = {"int32": np.int32, "float32": np.float32}
    return [op.parameter([-1] * axes, kinds[kind], name) for name, kind, axes in inputs]


def ranges(graph: Graph, samples: Sequence[Sequence[Array]]) -> list[Range]:
    """What enters every linear layer of the graph, over samples of its inputs."""
    ops = OpenVINOOps(watch=True)
    watching = model(Graph(graph.name, graph.inputs, lambda _, *inputs: _watching(graph, ops, inputs)), ops)
    return measured(watching, samples)


def _watching(graph: Graph, ops: OpenVINOOps, inputs: Sequence[Node]) -> tuple[Node, ...]:
    graph.build(ops, *inputs)
    return tuple(ops.seen)


def _int(*values: int) -> Any:
    return op.constant(np.array(values, dtype=np.int64))


def _scalar(value: int) -> Any:
    return op.constant(np.int64(value))


@final
class OpenVINOOps(Ops):
    """Builds nodes; arrays are shared with the graph, not copied, and kept in `arrays` for as long as it is used."""

    def __init__(self, ranges: Sequence[Range] = (), watch: bool = False) -> None:
        self.arrays: list[Array] = []
        self.seen: list[Any] = []
        self._watch, self._ranges = watch, iter(ranges)

    def constant(self, value: Array | float) -> Node:
        array = np.asarray(value)
        array = np.require(array, np.int32 if array.dtype.kind in "iu" else np.float32, ["C", "A", "W"])
        self.arrays.append(array)
        return op.constant(array, shared_memory=True)

    def linear(self, x: Node, weight: Vectors, bias: Vectors | None = None) -> Node:
        if self._watch:
            self.seen += watched(x)
        seen = next(self._ranges, None)
        small = None if seen is None else scales(weight, seen)
        product = op.matmul(x, self.constant(weight), False, True) if small is None else self._rounded(x, small)
        return product if bias is None else op.add(product, self.constant(bias))

    def _rounded(self, x: Node, small: Scales) -> Node:
        x = op.multiply(x, self.constant(1 / small.factors))
        bounds = [self.constant(small.low), self.constant(small.high)]
        x = op.fake_quantize(x, *bounds, *bounds, 256)
        weight = op.multiply(op.convert(op.constant(small.weight), np.float32), self.constant(small.step))
        return op.matmul(x, weight, False, True)

    def matmul(self, a: Node, b: Node, transposed: bool = False) -> Node:
        return op.matmul(a, b, False, transposed)

    def add(self, a: Node, b: Node) -> Node:
        return op.add(a, b)

    def subtract(self, a: Node, b: Node) -> Node:
        return op.subtract(a, b)

    def multiply(self, a: Node, b: Node) -> Node:
        return op.multiply(a, b)

    def divide(self, a: Node, b: Node) -> Node:
        return op.divide(a, b)

    def sqrt(self, x: Node) -> Node:
        return op.sqrt(x)

    def exp(self, x: Node) -> Node:
        return op.exp(x)

    def log(self, x: Node) -> Node:
        return op.log(x)

    def absolute(self, x: Node) -> Node:
        return op.absolute(x)

    def activation(self, x: Node, name: str) -> Node:
        if name not in _ACTIVATIONS:
            raise ModelError(f"activation {name!r} is not known here: there are {', '.join(ACTIVATIONS)}")
        return _ACTIVATIONS[name](x)

    def layer_norm(self, x: Node, weight: Vectors | None, bias: Vectors | None, epsilon: float) -> Node:
        x = op.mvn(x, _int(-1), True, epsilon, "inside_sqrt")
        x = x if weight is None else op.multiply(x, self.constant(weight))
        return x if bias is None else op.add(x, self.constant(bias))

    def rms_norm(self, x: Node, weight: Vectors, epsilon: float) -> Node:
        square = op.reduce_mean(op.multiply(x, x), _int(-1), True)
        inverse = op.divide(self.constant(1.0), op.sqrt(op.add(square, self.constant(epsilon))))
        return op.multiply(op.multiply(x, inverse), self.constant(weight))

    def softmax(self, x: Node) -> Node:
        return op.softmax(x, -1)

    def reshape(self, x: Node, shape: Sequence[int]) -> Node:
        return op.reshape(x, _int(*shape), True)

    def transpose(self, x: Node, order: Sequence[int]) -> Node:
        return op.transpose(x, _int(*order))

    def expand(self, x: Node, *axes: int) -> Node:
        return op.unsqueeze(x, _int(*axes))

    def gather(self, table: Node, indices: Node) -> Node:
        return op.gather(table, indices, _scalar(0))

    def pick(self, x: Node, indices: Node) -> Node:
        return op.gather_elements(x, indices, -1)

    def first(self, x: Node, at: int = 0) -> Node:
        return op.gather(x, _scalar(at), _scalar(1))

    def concat(self, xs: Sequence[Node], axis: int) -> Node:
        return op.concat(list(xs), axis)

    def split(self, x: Node, sizes: Sequence[int], axis: int) -> list[Node]:
        return list(op.variadic_split(x, _scalar(axis), _int(*sizes)).outputs())

    def slice(self, x: Node, axis: int, start: int, stop: int | None = None, step: int = 1) -> Node:
        return op.slice(x, _int(start), _int(END if stop is None else stop), _int(step), _int(axis))

    def convolution(
        self,
        x: Node,
        weight: Vectors,
        bias: Vectors | None = None,
        *,
        stride: Sequence[int] = (),
        padding: Sequence[int] = (),
        groups: int = 1,
    ) -> Node:
        space = weight.ndim - 2
        steps, pads = list(stride or [1] * space), list(padding or [0] * space)
        if groups == 1:
            x = op.convolution(x, self.constant(weight), steps, pads, pads, [1] * space)
        else:
            grouped = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
            x = op.group_convolution(x, self.constant(grouped), steps, pads, pads, [1] * space)
        return x if bias is None else op.add(x, self.constant(bias.reshape(-1, *[1] * space)))

    def max_pool(self, x: Node, size: Sequence[int], stride: Sequence[int], padding: Sequence[int]) -> Node:
        sides = (list(stride), [1] * len(size), list(padding), list(padding), list(size))
        return op.max_pool(x, *sides, "floor", "explicit", "i32", 0).output(0)

    def mean(self, x: Node, axes: Sequence[int], keep: bool = False) -> Node:
        return op.reduce_mean(x, _int(*axes), keep)

    def sum(self, x: Node, axis: int, keep: bool = False) -> Node:
        return op.reduce_sum(x, _int(axis), keep)

    def max(self, x: Node, axis: int, keep: bool = False) -> Node:
        return op.reduce_max(x, _int(axis), keep)

    def steps(self, ids: Node) -> Node:
        return op.range(_scalar(0), op.gather(op.shape_of(ids), _scalar(1), _scalar(0)), _scalar(1), "i32")

    def rows(self, table: Array, ids: Node) -> Node:
        length = op.gather(op.shape_of(ids), _int(1), _scalar(0))
        return op.strided_slice(self.constant(table), _int(0), length, _int(1), [0], [0])

    def real(self, x: Node) -> Node:
        return op.convert(x, np.float32)

    def whole(self, x: Node) -> Node:
        return op.convert(x, np.int32)

    def less(self, a: Node, b: Node) -> Node:
        return op.convert(op.less(a, b), np.float32)

    def broadcast(self, x: Node, like: Node) -> Node:
        return op.broadcast(x, op.shape_of(like))

    def normalize(self, x: Node) -> Node:
        return op.normalize_l2(x, _int(-1), 1e-24, "max")
