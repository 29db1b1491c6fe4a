"""A saved network and what follows it as one OpenVINO graph."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import openvino as ov
from openvino import opset13 as op

from likewise.errors import InputError, ModelError
from likewise.runtimes import Saved
from likewise.runtimes._file import kind_of_input, output, precision
from likewise.runtimes._openvino import OpenVINOOps, parameters

__all__ = ["joined"]

_INTEGERS: Final = {"FakeQuantize": "int8", "DynamicQuantizeLinear": "int8"}


def joined(saved: Saved, ops: OpenVINOOps, asked: str) -> tuple[ov.Model, str]:
    """The model and its precision: that which was asked for, or integers where the file holds its weights in such.

    Raises InputError where int8 is asked of a file without it, ModelError for a file that cannot be read.
    """
    network = _read(saved)
    inputs = parameters(saved.inputs)
    fed = dict(zip((name for name, _, _ in saved.inputs), inputs, strict=True))
    fed.setdefault("types", op.broadcast(op.constant(np.int32(0)), op.shape_of(fed["ids"])))
    for parameter in network.get_parameters():
        given = fed[kind_of_input(saved.path, _known(parameter.output(0)))]
        parameter.output(0).replace(op.convert(given, parameter.element_type).output(0))
    ranks = {_known(port): _axes(port) for port in network.outputs}
    used = output(saved, ranks)
    port = next(port for port in network.outputs if _known(port) == used.name)
    found = op.convert(port.get_node().input_value(0), np.float32)
    follow = saved.vectors if used.pooled and saved.vectors else saved.states
    return ov.Model(list(follow(ops, found, *inputs)), inputs, saved.path.stem), _arithmetic(saved, network, asked)


def _read(saved: Saved) -> ov.Model:
    try:
        return ov.Core().read_model(saved.path)
    except RuntimeError as error:
        why = str(error).strip().splitlines()[-1]
        advice = "take another of its files"
        if saved.path.suffix == ".onnx":
            advice += ", or runtime='onnx' (pip install 'likewise[onnx]')"
        raise ModelError(f"{saved.path} cannot be run by OpenVINO: {why}. Fetch it again, {advice}") from error


def _arithmetic(saved: Saved, network: ov.Model, asked: str) -> str:
    kinds = (_INTEGERS.get(node.get_type_name()) for node in network.get_ops())
    integers = next(filter(None, kinds), None)
    if integers is None and precision(saved.path) in ("int8", "int4"):
        integers = precision(saved.path)
    if integers is None and asked == "int8":
        raise InputError(f"{saved.path} is no int8 file: name one that is, or leave precision out")
    return integers or asked


def _known(port: Any) -> str:
    """The name of an input or output; a port may have several."""
    return min(port.get_names(), key=lambda name: (len(name), name), default="an input without a name")


def _axes(port: Any) -> int | None:
    shape = port.get_partial_shape()
    return None if shape.rank.is_dynamic else int(shape.rank.get_length())
