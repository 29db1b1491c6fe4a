"""Operations of a network as an ONNX graph for ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

import numpy as np

from likewise.errors import ModelError
from likewise.networks import ACTIVATIONS, END, Array, Graph, Node, Ops
from likewise.runtimes._onnx_proto import graph_model, node, tensor, tensor_outside, value
from likewise.types import Vectors

__all__ = ["ONNXOps", "serialized"]

_INLINE: Final = 1024
"""Bytes up to which a constant stays in the model: shapes are inferred from small ones."""

_FUSED: Final = "com.microsoft"
"""Operations that ONNX Runtime has beside the standard."""

_SAME: Final = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}
_GELUS: Final = {"gelu": "none", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh"}
_GATES: Final = {"silu": 1.0, "quick_gelu": 1.702}
"""x * sigmoid(factor * x)"""


def serialized(graph: Graph, ops: ONNXOps) -> tuple[bytes, list[str]]:
    """The graph as an ONNX model and the names of its outputs; large constants stay in `ops.outside`."""
    outputs = graph.build(ops, *(name for name, _, _ in graph.inputs))
    inputs = [value(name, kind, axes) for name, kind, axes in graph.inputs]
    described = [value(name, "float32", None) for name in outputs]
    return graph_model(graph.name, ops.nodes, ops.tensors, inputs, described), list(outputs)


@final
class ONNXOps(Ops):
    """Writes nodes; a value is known by its name. `outside` holds large constants by their names."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.tensors: list[bytes] = []
        self.outside: dict[str, Array] = {}
        self._made = 0

    def constant(self, value: Array | float) -> Node:
        array = np.asarray(value)
        return self._stored(array.astype(np.int32 if array.dtype.kind in "iu" else np.float32, copy=False))

    def linear(self, x: Node, weight: Vectors, bias: Vectors | None = None) -> Node:
        product = self.matmul(x, self.constant(weight), transposed=True)
        return product if bias is None else self.add(product, self.constant(bias))

    def matmul(self, a: Node, b: Node, transposed: bool = False) -> Node:
        # a Transpose would have to know the number of axes
        return self._do("FusedMatMul", a, b, domain=_FUSED, transB=1) if transposed else self._do("MatMul", a, b)

    def add(self, a: Node, b: Node) -> Node:
        return self._do("Add", a, b)

    def subtract(self, a: Node, b: Node) -> Node:
        return self._do("Sub", a, b)

    def multiply(self, a: Node, b: Node) -> Node:
        return self._do("Mul", a, b)

    def divide(self, a: Node, b: Node) -> Node:
        return self._do("Div", a, b)

    def sqrt(self, x: Node) -> Node:
        return self._do("Sqrt", x)

    def exp(self, x: Node) -> Node:
        return self._do("Exp", x)

    def log(self, x: Node) -> Node:
        return self._do("Log", x)

    def absolute(self, x: Node) -> Node:
        return self._do("Abs", x)

    def activation(self, x: Node, name: str) -> Node:
        if name in _SAME:
            return self._do(_SAME[name], x)
        if name in _GELUS:
            return self._do("Gelu", x, approximate=_GELUS[name])
        if name in _GATES:
            return self._do("QuickGelu", x, domain=_FUSED, alpha=_GATES[name])
        raise ModelError(f"activation {name!r} is not known here: there are {', '.join(ACTIVATIONS)}")

    def layer_norm(self, x: Node, weight: Vectors | None, bias: Vectors | None, epsilon: float) -> Node:
        if weight is not None:
            scales = [self.constant(array) for array in (weight, bias) if array is not None]
            return self._do("LayerNormalization", x, *scales, axis=-1, epsilon=epsilon)
        x = self.subtract(x, self.mean(x, (-1,), keep=True))
        square = self.mean(self.multiply(x, x), (-1,), keep=True)
        x = self.divide(x, self.sqrt(self.add(square, self.constant(epsilon))))
        return x if bias is None else self.add(x, self.constant(bias))

    def rms_norm(self, x: Node, weight: Vectors, epsilon: float) -> Node:
        # in these very steps ONNX Runtime knows it and runs it as one
        square = self.mean(self._do("Pow", x, self.constant(2.0)), (-1,), keep=True)
        x = self.divide(x, self.sqrt(self.add(square, self.constant(epsilon))))
        return self.multiply(x, self.constant(weight))

    def softmax(self, x: Node) -> Node:
        return self._do("Softmax", x, axis=-1)

    def reshape(self, x: Node, shape: Sequence[int]) -> Node:
        return self._do("Reshape", x, self._whole(*shape))

    def transpose(self, x: Node, order: Sequence[int]) -> Node:
        return self._do("Transpose", x, perm=tuple(order))

    def expand(self, x: Node, *axes: int) -> Node:
        return self._do("Unsqueeze", x, self._whole(*axes))

    def gather(self, table: Node, indices: Node) -> Node:
        return self._do("Gather", table, indices, axis=0)

    def pick(self, x: Node, indices: Node) -> Node:
        return self._do("GatherElements", x, indices, axis=-1)

    def first(self, x: Node, at: int = 0) -> Node:
        return self._do("Gather", x, self._stored(np.array(at, np.int64)), axis=1)

    def concat(self, xs: Sequence[Node], axis: int) -> Node:
        return self._do("Concat", *xs, axis=axis)

    def split(self, x: Node, sizes: Sequence[int], axis: int) -> list[Node]:
        names = [self._name() for _ in sizes]
        self.nodes.append(node("Split", [x, self._whole(*sizes)], names, {"axis": axis}))
        return names

    def slice(self, x: Node, axis: int, start: int, stop: int | None = None, step: int = 1) -> Node:
        bounds = (start, END if stop is None else stop, axis, step)
        return self._do("Slice", x, *(self._whole(bound) for bound in bounds))

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
        pads = tuple(padding or [0] * space) * 2
        given = [self.constant(array) for array in (weight, bias) if array is not None]
        return self._do("Conv", x, *given, strides=tuple(stride or [1] * space), pads=pads, group=groups)

    def max_pool(self, x: Node, size: Sequence[int], stride: Sequence[int], padding: Sequence[int]) -> Node:
        return self._do("MaxPool", x, kernel_shape=tuple(size), strides=tuple(stride), pads=tuple(padding) * 2)

    def mean(self, x: Node, axes: Sequence[int], keep: bool = False) -> Node:
        return self._do("ReduceMean", x, self._whole(*axes), keepdims=int(keep))

    def sum(self, x: Node, axis: int, keep: bool = False) -> Node:
        return self._do("ReduceSum", x, self._whole(axis), keepdims=int(keep))

    def max(self, x: Node, axis: int, keep: bool = False) -> Node:
        return self._do("ReduceMax", x, self._whole(axis), keepdims=int(keep))

    def steps(self, ids: Node) -> Node:
        bounds = [self._stored(np.array(n, np.int64)) for n in (0, 1)]
        length = self._do("Squeeze", self._do("Shape", ids, start=1, end=2))
        return self.whole(self._do("Range", bounds[0], length, bounds[1]))

    def rows(self, table: Array, ids: Node) -> Node:
        length = self._do("Shape", ids, start=1, end=2)
        return self._do("Slice", self.constant(table), self._whole(0), length, self._whole(0))

    def real(self, x: Node) -> Node:
        return self._do("Cast", x, to=1)

    def whole(self, x: Node) -> Node:
        return self._do("Cast", x, to=6)

    def less(self, a: Node, b: Node) -> Node:
        return self.real(self._do("Less", a, b))

    def broadcast(self, x: Node, like: Node) -> Node:
        return self._do("Expand", x, self._do("Shape", like))

    def normalize(self, x: Node) -> Node:
        length = self._do("ReduceL2", x, self._whole(-1))
        return self.divide(x, self._do("Max", length, self.constant(1e-12)))

    def _whole(self, *values: int) -> str:
        return self._stored(np.array(values, np.int64))

    def _stored(self, array: Array) -> str:
        name = self._name()
        if array.nbytes <= _INLINE:
            self.tensors.append(tensor(name, array))
        else:
            self.outside[name] = np.ascontiguousarray(array)
            self.tensors.append(tensor_outside(name, array))
        return name

    def _do(self, kind: str, *inputs: Node, domain: str = "", **attributes: float | str | tuple[int, ...]) -> str:
        name = self._name()
        self.nodes.append(node(kind, inputs, [name], attributes, domain))
        return name

    def _name(self) -> str:
        self._made += 1
        return f"v{self._made}"
