"""OpenVINO on the CPU: the default runtime."""

from __future__ import annotations

import os
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any, Final, final

import numpy as np
import openvino as ov

from likewise.errors import InputError
from likewise.networks import Graph
from likewise.runtimes import Array, Runtime, Saved, chosen, cpu_only
from likewise.runtimes._cpu import fastest
from likewise.runtimes._int8 import told
from likewise.runtimes._openvino import OpenVINOOps, model, ranges
from likewise.runtimes._openvino_file import joined

__all__ = ["OpenVINO"]

_OFFERED: Final = ("fp32", "bf16", "int8")


@final
class OpenVINO(Runtime):
    """Runs a graph in `fp32`, `bf16` or `int8`; `auto` takes bf16 only where matrix tiles (AMX) make it the faster one.

    Every core works on a batch of its own, which measured 1.35 times as fast as two cores on one batch. A file with
    weights in integers is run in these.
    """

    def __init__(
        self,
        graph: Graph | Saved,
        precision: str = "auto",
        threads: int | None = None,
        samples: Sequence[Sequence[Array]] = (),
        device: str | None = None,
    ) -> None:
        cpu_only(self.name, device)
        asked = chosen(precision, _OFFERED, fastest(), threads)
        self._lanes = threads or len(os.sched_getaffinity(0))
        if isinstance(graph, Saved):
            ops = OpenVINOOps()
            network, self._precision = joined(graph, ops, asked)
        else:
            ops, self._precision = _scaled(graph, asked, samples)
            network = model(graph, ops)
        settings = {
            "INFERENCE_PRECISION_HINT": "f32" if (fastest() if asked == "int8" else asked) == "fp32" else "bf16",
            "NUM_STREAMS": str(self._lanes),
            "INFERENCE_NUM_THREADS": str(self._lanes),
        }
        compiled = ov.Core().compile_model(network, "CPU", settings)
        self._arrays = ops.arrays  # shared with the compiled model, not copied
        self._outputs = len(compiled.outputs)
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self._lanes):
            self._idle.put(compiled.create_infer_request())

    @property
    def name(self) -> str:
        return "openvino"

    @property
    def version(self) -> str:
        return str(ov.__version__)

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
        request = self._idle.get()
        try:
            request.infer(list(inputs), share_inputs=True)
            outputs = (request.get_output_tensor(i).data for i in range(self._outputs))
            return tuple(np.array(output, dtype=np.float32) for output in outputs)
        finally:
            self._idle.put(request)


def _scaled(graph: Graph, precision: str, samples: Sequence[Sequence[Array]]) -> tuple[OpenVINOOps, str]:
    """The operations of a precision, and its name with the scales."""
    if precision != "int8":
        return OpenVINOOps(), precision
    if not samples:
        raise InputError("precision int8 needs samples to measure the ranges of activations with")
    seen = ranges(graph, samples)
    return OpenVINOOps(seen), f"int8:{told(seen)}"
