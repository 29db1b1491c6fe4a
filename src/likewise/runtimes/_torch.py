"""Operations of a network as torch computes them, recorded on a tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, final

import numpy as np
import torch
from torch.nn import functional

from likewise.errors import ModelError
from likewise.networks import ACTIVATIONS, Array, Node, Ops
from likewise.runtimes._tape import Tape
from likewise.types import Vectors

__all__ = ["TorchOps"]

_ACTIVATIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "gelu": functional.gelu,
    "gelu_new": lambda x: functional.gelu(x, approximate="tanh"),
    "gelu_pytorch_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "relu": torch.relu,
    "silu": functional.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


@final
class TorchOps(Ops):
    """Records steps; products, norms and gathered rows are of the kind `low`, and where such meet float32 it stays.

    So positions, masks and sums over tokens keep float32, which counts beyond the 256 that bfloat16 can tell apart.
    """

    def __init__(self, tape: Tape, low: torch.dtype) -> None:
        self._tape = tape
        self._low = low

    def constant(self, value: Array | float) -> Node:
        array = np.asarray(value)
        return self._tape.constant((array, torch.int32 if array.dtype.kind in "iu" else torch.float32))

    def linear(self, x: Node, weight: Vectors, bias: Vectors | None = None) -> Node:
        low, arrays = self._low, [array for array in (weight, bias) if array is not None]
        return self._do(lambda x, *arrays: functional.linear(x.to(low), *arrays), x, *map(self._lowered, arrays))

    def matmul(self, a: Node, b: Node, transposed: bool = False) -> Node:
        low = self._low
        if transposed:
            return self._do(lambda a, b: torch.matmul(a.to(low), b.to(low).mT), a, b)
        return self._do(lambda a, b: torch.matmul(a.to(low), b.to(low)), a, b)

    def add(self, a: Node, b: Node) -> Node:
        return self._do(torch.add, a, b)

    def subtract(self, a: Node, b: Node) -> Node:
        return self._do(torch.sub, a, b)

    def multiply(self, a: Node, b: Node) -> Node:
        return self._do(torch.mul, a, b)

    def divide(self, a: Node, b: Node) -> Node:
        return self._do(torch.div, a, b)

    def sqrt(self, x: Node) -> Node:
        return self._do(torch.sqrt, x)

    def exp(self, x: Node) -> Node:
        return self._do(torch.exp, x)

    def log(self, x: Node) -> Node:
        return self._do(torch.log, x)

    def absolute(self, x: Node) -> Node:
        return self._do(torch.abs, x)

    def activation(self, x: Node, name: str) -> Node:
        if name not in _ACTIVATIONS:
            raise ModelError(f"activation {name!r} is not known here: there are {', '.join(ACTIVATIONS)}")
        return self._do(_ACTIVATIONS[name], x)

    def layer_norm(self, x: Node, weight: Vectors | None, bias: Vectors | None, epsilon: float) -> Node:
        low = self._low
        scales = [None if array is None else self._lowered(array) for array in (weight, bias)]
        places = [scale for scale in scales if scale is not None]

        def compute(x: Any, *given: Any) -> Any:
            rest = iter(given)
            weight, bias = (None if scale is None else next(rest) for scale in scales)
            return functional.layer_norm(x.to(low), x.shape[-1:], weight, bias, epsilon)

        return self._do(compute, x, *places)

    def rms_norm(self, x: Node, weight: Vectors, epsilon: float) -> Node:
        low = self._low
        scale = self._lowered(weight)
        return self._do(lambda x, scale: functional.rms_norm(x.to(low), x.shape[-1:], scale, epsilon), x, scale)

    def softmax(self, x: Node) -> Node:
        return self._do(lambda x: torch.softmax(x, -1), x)

    def reshape(self, x: Node, shape: Sequence[int]) -> Node:
        asked = tuple(shape)
        return self._do(lambda x: x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(asked)]), x)

    def transpose(self, x: Node, order: Sequence[int]) -> Node:
        return self._do(lambda x: x.permute(*order), x)

    def expand(self, x: Node, *axes: int) -> Node:
        def compute(x: Any) -> Any:
            for axis in axes:
                x = x.unsqueeze(axis)
            return x

        return self._do(compute, x)

    def gather(self, table: Node, indices: Node) -> Node:
        array, kind = self._tape.constants.get(table, (None, None))
        if kind == torch.float32:
            table = self._lowered(array)  # the first is let go unless another step needs it
        return self._do(lambda table, indices: table[indices], table, indices)

    def pick(self, x: Node, indices: Node) -> Node:
        return self._do(lambda x, indices: x.gather(-1, indices.long()), x, indices)

    def first(self, x: Node, at: int = 0) -> Node:
        return self._do(lambda x: x[:, at], x)

    def concat(self, xs: Sequence[Node], axis: int) -> Node:
        return self._do(lambda *xs: torch.cat(xs, axis), *xs)

    def split(self, x: Node, sizes: Sequence[int], axis: int) -> list[Node]:
        lengths = list(sizes)
        return self._tape.record_many(lambda x: torch.split(x, lengths, axis), (x,), len(lengths))

    def slice(self, x: Node, axis: int, start: int, stop: int | None = None, step: int = 1) -> Node:
        return self._do(lambda x: x[(slice(None),) * (axis % x.ndim) + (slice(start, stop, step),)], x)

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
        low, space = self._low, weight.ndim - 2
        convolve = (functional.conv1d, functional.conv2d, functional.conv3d)[space - 1]
        steps, pads = tuple(stride or [1] * space), tuple(padding or [0] * space)
        arrays = [self._lowered(array) for array in (weight, bias) if array is not None]

        def compute(x: Any, weight: Any, bias: Any = None) -> Any:
            return convolve(x.to(low), weight, bias, steps, pads, 1, groups)

        return self._do(compute, x, *arrays)

    def max_pool(self, x: Node, size: Sequence[int], stride: Sequence[int], padding: Sequence[int]) -> Node:
        pool = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)[len(size) - 1]
        return self._do(lambda x: pool(x, tuple(size), tuple(stride), tuple(padding)), x)

    def mean(self, x: Node, axes: Sequence[int], keep: bool = False) -> Node:
        return self._do(lambda x: x.mean(tuple(axes), keepdim=keep), x)

    def sum(self, x: Node, axis: int, keep: bool = False) -> Node:
        return self._do(lambda x: x.sum(axis, keepdim=keep), x)

    def max(self, x: Node, axis: int, keep: bool = False) -> Node:
        return self._do(lambda x: x.amax(axis, keepdim=keep), x)

    def steps(self, ids: Node) -> Node:
        return self._do(lambda ids: torch.arange(ids.shape[1], dtype=torch.int32, device=ids.device), ids)

    def rows(self, table: Array, ids: Node) -> Node:
        return self._do(lambda table, ids: table[: ids.shape[1]], self.constant(table), ids)

    def real(self, x: Node) -> Node:
        return self._do(lambda x: x.float(), x)

    def whole(self, x: Node) -> Node:
        return self._do(lambda x: x.int(), x)

    def less(self, a: Node, b: Node) -> Node:
        return self._do(lambda a, b: (a < b).float(), a, b)

    def broadcast(self, x: Node, like: Node) -> Node:
        return self._do(lambda x, like: x.expand(torch.broadcast_shapes(x.shape, like.shape)), x, like)

    def normalize(self, x: Node) -> Node:
        return self._do(lambda x: functional.normalize(x.float(), dim=-1, eps=1e-12), x)

    def attention(self, query: Node, key: Node, value: Node, bias: Node | None) -> Node:
        low = self._low

        def compute(query: Any, key: Any, value: Any, bias: Any = None) -> Any:
            mask = None if bias is None else bias.to(low)
            return functional.scaled_dot_product_attention(
                query.to(low), key.to(low), value.to(low), attn_mask=mask, scale=1.0
            )

        return self._do(compute, query, key, value, *(() if bias is None else (bias,)))

    def _lowered(self, array: Array) -> int:
        return self._tape.constant((array, self._low))

    def _do(self, compute: Callable[..., Any], *inputs: int) -> int:
        return self._tape.record(compute, *inputs)
