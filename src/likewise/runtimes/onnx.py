"""ONNX Runtime on the CPU."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final, final

import numpy as np
import onnxruntime as ort

from likewise.errors import ModelError
from likewise.networks import Graph
from likewise.runtimes import Array, Runtime, Saved, chosen, cpu_only
from likewise.runtimes._file import Output, kind_of_input, output, precision
from likewise.runtimes._onnx import ONNXOps, serialized

__all__ = ["ONNX"]

_NUMBERS: Final = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(float)": np.float32}


@final
class ONNX(Runtime):
    """Runs a graph in `fp32`, a file in the precision in which it was saved ("file" where its name tells none).

    Every core works on a batch of its own: 1.05 times as fast as two cores on one batch.
    """

    def __init__(
        self,
        graph: Graph | Saved,
        precision: str = "auto",
        threads: int | None = None,
        samples: Sequence[Sequence[Array]] = (),  # noqa: ARG002 (only int8 needs some)
        device: str | None = None,
    ) -> None:
        cpu_only(self.name, device)
        own = _own(graph)
        self._precision = chosen(precision, (own,), own, threads)
        self._lanes = threads or len(os.sched_getaffinity(0))
        self._file: _File | None = None
        if isinstance(graph, Saved):
            self._file = _File(graph)
            graph = self._file.rest
        ops = ONNXOps()
        content, self._outputs = serialized(graph, ops)
        self._session = _session(content, ops.outside)
        self._inputs = [name for name, _, _ in graph.inputs]

    @property
    def name(self) -> str:
        return "onnx"

    @property
    def version(self) -> str:
        return str(ort.__version__)

    @property
    def precision(self) -> str:
        return self._precision

    @property
    def lanes(self) -> int:
        return self._lanes

    @property
    def budget(self) -> int:
        return 1 << 10

    def run(self, *inputs: Array) -> tuple[Array, ...]:
        if self._file is not None:
            inputs = (self._file.run(*inputs), *inputs)
        found = self._session.run(self._outputs, dict(zip(self._inputs, inputs, strict=True)))
        return tuple(np.asarray(value, dtype=np.float32) for value in found)


@final
class _File:
    """A saved network; `rest` is the graph of what follows it, whose first input is what the file gives."""

    def __init__(self, saved: Saved) -> None:
        if saved.path.suffix != ".onnx":
            raise ModelError(f"{saved.path} is no ONNX file: take runtime openvino, or a file that is one")
        try:
            self._session = _session(str(saved.path))
        except Exception as error:  # its classes have no base but this
            why = str(error).strip().splitlines()[0]
            raise ModelError(f"{saved.path} cannot be run: {why}. Fetch it again, or take another file") from error
        self._names = [name for name, _, _ in saved.inputs]
        self._inputs = {
            given.name: (kind_of_input(saved.path, given.name), _NUMBERS[given.type])
            for given in self._session.get_inputs()
        }
        self._used: Output = output(
            saved, {given.name: len(given.shape) or None for given in self._session.get_outputs()}
        )
        follow = saved.vectors if self._used.pooled and saved.vectors else saved.states
        self.rest = Graph(saved.path.stem, (("found", "float32", self._used.axes), *saved.inputs), follow)

    def run(self, *inputs: Array) -> Array:
        given = dict(zip(self._names, inputs, strict=True))
        given.setdefault("types", np.zeros_like(given["ids"]))
        feeds = {name: given[kind].astype(number) for name, (kind, number) in self._inputs.items()}
        found: Array = self._session.run([self._used.name], feeds)[0]
        return found.astype(np.float32, copy=False)


def _own(graph: Graph | Saved) -> str:
    """The one precision in which this is run."""
    return (precision(graph.path) or "file") if isinstance(graph, Saved) else "fp32"


def _session(model: str | bytes, weights: Mapping[str, Array] | None = None) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors, which are raised as well
    if weights:
        values = [ort.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
        options.add_external_initializers(list(weights), values)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
