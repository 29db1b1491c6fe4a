"""ONNX messages in the wire format of protocol buffers: the few that a graph needs.

Numbers of fields and of types are those of onnx.proto (github.com/onnx/onnx); the package onnx, at many times the
size, would do the same.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["graph_model", "node", "tensor", "tensor_outside", "value"]

_OPSETS: Final = {"": 20, "com.microsoft": 1}
"""20 is the first with Gelu."""

_IR: Final = 9
_TYPES: Final = {"float32": 1, "int32": 6, "int64": 7}

Attribute = float | str | tuple[int, ...]


def node(
    kind: str, inputs: Sequence[str], outputs: Sequence[str], attributes: Mapping[str, Attribute], domain: str = ""
) -> bytes:
    """A NodeProto; `domain` is that of an operation outside of the standard."""
    parts = [*(_field(1, name) for name in inputs), *(_field(2, name) for name in outputs), _field(4, kind)]
    parts += [_field(5, _attribute(name, value)) for name, value in attributes.items()]
    return b"".join([*parts, _field(7, domain)])


def tensor(name: str, array: NDArray[Any]) -> bytes:
    """A TensorProto that holds its values."""
    little = array.astype(array.dtype.newbyteorder("<"))
    return _described(name, array) + _field(9, little.tobytes())


def tensor_outside(name: str, array: NDArray[Any]) -> bytes:
    """A TensorProto whose values are given beside the model: a model may hold 2 GiB at most."""
    place = _field(1, "location") + _field(2, name)
    return _described(name, array) + _field(13, place) + _field(14, 1)


def value(name: str, kind: str, axes: int | None) -> bytes:
    """A ValueInfoProto: an input with this many axes of any length, or an output of any shape (None)."""
    shape = b"" if axes is None else _field(2, b"".join(_field(1, b"") for _ in range(axes)))
    return _field(1, name) + _field(2, _field(1, _field(1, _TYPES[kind]) + shape))


def graph_model(
    name: str, nodes: Iterable[bytes], tensors: Iterable[bytes], inputs: Iterable[bytes], outputs: Iterable[bytes]
) -> bytes:
    """A ModelProto around one graph."""
    lists = ((1, nodes), (5, tensors), (11, inputs), (12, outputs))
    graph = b"".join([_field(2, name), *(_field(number, part) for number, parts in lists for part in parts)])
    opsets = b"".join(_field(8, _field(1, domain) + _field(2, version)) for domain, version in _OPSETS.items())
    return _field(1, _IR) + _field(2, "likewise") + _field(7, graph) + opsets


def _described(name: str, array: NDArray[Any]) -> bytes:
    dims = b"".join(_field(1, length) for length in array.shape)
    return dims + _field(2, _TYPES[np.dtype(array.dtype).name]) + _field(8, name)


def _attribute(name: str, given: Attribute) -> bytes:
    number, kind = {float: (2, 1), int: (3, 2), str: (4, 3), tuple: (8, 7)}[type(given)]
    values = given if isinstance(given, tuple) else (given,)
    return _field(1, name) + b"".join(_field(number, value) for value in values) + _field(20, kind)


def _field(number: int, given: float | str | bytes) -> bytes:
    """A field: whole numbers as varints, floats as 4 bytes, all else with its length in front."""
    if isinstance(given, int):
        return _varint(number << 3) + _varint(given)
    if isinstance(given, float):
        return _varint(number << 3 | 5) + struct.pack("<f", given)
    content = given.encode() if isinstance(given, str) else given
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(given: int) -> bytes:
    rest = given & 0xFFFF_FFFF_FFFF_FFFF  # negative numbers are two's complement in 64 bits
    groups = bytearray()
    while rest > 0x7F:
        groups.append(rest & 0x7F | 0x80)
        rest >>= 7
    groups.append(rest)
    return bytes(groups)
