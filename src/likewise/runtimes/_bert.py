"""The BERT graph (Devlin et al. 2018, arXiv:1810.04805) in OpenVINO operations, straight from checkpoint weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import openvino as ov
from openvino import opset13 as op

from likewise.errors import ModelError
from likewise.runtimes import Network
from likewise.types import Vectors

__all__ = ["graph"]

_MASKED = -30000.0  # far below any attention score, yet finite in every precision

_ACTIVATIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "gelu": lambda x: op.gelu(x, "erf"),
    "gelu_new": lambda x: op.gelu(x, "tanh"),
    "gelu_pytorch_tanh": lambda x: op.gelu(x, "tanh"),
    "relu": op.relu,
    "silu": op.swish,
}


def graph(network: Network) -> ov.Model:
    """The network from `ids` `(n, s)` int32 and `mask` `(n, s)` float32 (1 real, 0 padding) to vectors `(n, out)`."""
    builder = _Builder(network)
    ids = op.parameter([-1, -1], np.int32, "ids")
    mask = op.parameter([-1, -1], np.float32, "mask")
    states = builder.embed(ids)
    bias = op.multiply(op.subtract(_float(1.0), op.unsqueeze(mask, _int(1, 2))), _float(_MASKED))
    for layer in range(network.layers):
        states = builder.layer(states, bias, f"encoder.layer.{layer}")
    vectors = _pool(states, mask, network.pooling)
    for dense in network.dense:
        vectors = _linear(vectors, dense.weight, dense.bias)
        vectors = op.tanh(vectors) if dense.activation == "tanh" else vectors
    if network.normalize:
        vectors = op.normalize_l2(vectors, _int(1), 1e-24, "max")
    return ov.Model([vectors], [ids, mask], "bert")


def _float(value: Vectors | float) -> Any:
    return op.constant(np.require(value, np.float32, ["C", "W"]), shared_memory=True)


def _int(*values: int) -> Any:
    return op.constant(np.array(values, dtype=np.int64))


def _linear(x: Any, weight: Vectors, bias: Vectors | None) -> Any:
    product = op.matmul(x, _float(weight), False, True)
    return product if bias is None else op.add(product, _float(bias))


def _pool(states: Any, mask: Any, way: str) -> Any:
    weights = op.unsqueeze(mask, _int(2))
    if way == "cls":
        return op.gather(states, op.constant(np.int64(0)), op.constant(np.int64(1)))
    if way == "max":
        hidden = op.multiply(op.subtract(_float(1.0), weights), _float(_MASKED))
        return op.reduce_max(op.add(op.multiply(states, weights), hidden), _int(1), False)
    total = op.reduce_sum(op.multiply(states, weights), _int(1), False)
    count = op.reduce_sum(mask, _int(1), True)
    if way == "mean":
        return op.divide(total, count)
    return op.divide(total, op.sqrt(count))


class _Builder:
    def __init__(self, network: Network) -> None:
        self._network = network
        if network.activation not in _ACTIVATIONS:
            known = ", ".join(sorted(_ACTIVATIONS))
            raise ModelError(f"hidden_act {network.activation!r} is not known here: there are {known}")
        self._activation = _ACTIVATIONS[network.activation]

    def _weight(self, name: str) -> Vectors:
        return self._network.weights[name]

    def _apply(self, x: Any, name: str) -> Any:
        return _linear(x, self._weight(f"{name}.weight"), self._weight(f"{name}.bias"))

    def _norm(self, x: Any, name: str) -> Any:
        centred = op.mvn(x, _int(-1), True, self._network.epsilon, "inside_sqrt")
        return op.add(
            op.multiply(centred, _float(self._weight(f"{name}.weight"))), _float(self._weight(f"{name}.bias"))
        )

    def embed(self, ids: Any) -> Any:
        words = self._weight("embeddings.word_embeddings.weight")
        # a single text is always segment 0, so that its row joins the positions
        places = self._weight("embeddings.position_embeddings.weight")[: self._network.positions]
        places = places + self._weight("embeddings.token_type_embeddings.weight")[0]
        length = op.gather(op.shape_of(ids), _int(1), op.constant(np.int64(0)))
        rows = op.strided_slice(_float(places), _int(0), length, _int(1), [0], [0])
        found = op.gather(_float(words), ids, op.constant(np.int64(0)))
        return self._norm(op.add(found, rows), "embeddings.LayerNorm")

    def layer(self, x: Any, bias: Any, name: str) -> Any:
        mixed = self._apply(self._attend(x, bias, f"{name}.attention.self"), f"{name}.attention.output.dense")
        x = self._norm(op.add(mixed, x), f"{name}.attention.output.LayerNorm")
        wide = self._activation(self._apply(x, f"{name}.intermediate.dense"))
        return self._norm(op.add(self._apply(wide, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")

    def _attend(self, x: Any, bias: Any, name: str) -> Any:
        heads, width = self._network.heads, self._network.dim // self._network.heads

        def split(part: str) -> Any:
            cut = op.reshape(self._apply(x, f"{name}.{part}"), _int(0, 0, heads, width), True)
            return op.transpose(cut, _int(0, 2, 1, 3))

        scores = op.matmul(split("query"), split("key"), False, True)
        scores = op.add(op.multiply(scores, _float(width**-0.5)), bias)
        mixed = op.matmul(op.softmax(scores, -1), split("value"), False, False)
        return op.reshape(op.transpose(mixed, _int(0, 2, 1, 3)), _int(0, 0, self._network.dim), True)
