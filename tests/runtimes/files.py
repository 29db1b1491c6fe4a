"""Text networks as files, in the layout of sentence-transformers and of optimum."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as op

from likewise.encoders._resolve import Found
from likewise.encoders.text._model import Model
from likewise.networks import Node, Ops
from likewise.runtimes import _onnx
from likewise.runtimes._onnx import ONNXOps
from likewise.runtimes._onnx_proto import graph_model, node, value
from likewise.runtimes._openvino import OpenVINOOps

Result = Callable[[Ops, Node, Node], Node]
"""result(ops, states, mask) -> what the file gives"""

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def states(_: Ops, found: Node, __: Node) -> Node:
    """The states of tokens."""
    return found


def write_onnx(
    folder: Path,
    path: Path,
    *,
    name: str = "last_hidden_state",
    result: Result = states,
    inputs: tuple[str, ...] = INPUTS,
) -> Path:
    """Write the network of a model's folder as an ONNX file with these int64 inputs and one output."""
    ops = ONNXOps()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_onnx, "_INLINE", 1 << 30)
        ids, mask = (ops.whole(wanted) for wanted in INPUTS[:2])
        types = ops.whole(INPUTS[2]) if INPUTS[2] in inputs else None
        found = Model(Found("", folder)).network.states(ops, ids, ops.real(mask), types)
        last = result(ops, found, ops.real(mask))
    ops.nodes.append(node("Identity", [last], [name], {}))
    described = [value(wanted, "int64", 2) for wanted in inputs]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(graph_model("file", ops.nodes, ops.tensors, described, [value(name, "float32", None)]))
    return path


def write_openvino(folder: Path, path: Path) -> Path:
    """Write the network of a model's folder as an OpenVINO model."""
    ops = OpenVINOOps()
    inputs = [op.parameter([-1, -1], np.int64, name) for name in INPUTS]
    for given, name in zip(inputs, INPUTS, strict=True):
        given.output(0).set_names({name})
    ids, mask, types = (op.convert(given, np.int32) for given in inputs)
    found: Any = Model(Found("", folder)).network.states(ops, ids, ops.real(mask), types)
    found.output(0).set_names({"last_hidden_state"})
    path.parent.mkdir(parents=True, exist_ok=True)
    ov.save_model(ov.Model([found], inputs, "file"), str(path), compress_to_fp16=False)
    return path
