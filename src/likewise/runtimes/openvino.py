"""OpenVINO on the CPU: the default runtime."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, final

import numpy as np
import openvino as ov

from likewise.errors import InputError
from likewise.networks import Graph
from likewise.runtimes import Array, Runtime, chosen
from likewise.runtimes._int8 import told
from likewise.runtimes._openvino import OpenVINOOps, model, ranges

__all__ = ["OpenVINO"]

_OFFERED: Final = ("fp32", "bf16", "int8")


@final
class OpenVINO(Runtime):
    """Runs a graph in `fp32`, `bf16` or `int8`; `auto` takes bf16 only where matrix tiles (AMX) make it the faster one.

    A processor may have bf16 instructions without being quicker for it: on Sapphire and Emerald Rapids with AMX
    masked, vdpbf16ps reaches 84 Gop/s a core where fp32 reaches 155. Every core works on a batch of its own, which
    measured 1.35 times as fast as two cores on one batch.
    """

    def __init__(
        self,
        graph: Graph,
        precision: str = "auto",
        threads: int | None = None,
        samples: Sequence[Sequence[Array]] = (),
    ) -> None:
        self._precision = chosen(precision, _OFFERED, _fastest(), threads)
        self._lanes = threads or len(os.sched_getaffinity(0))
        seen = []
        if self._precision == "int8":
            if not samples:
                raise InputError("precision int8 needs samples to measure the ranges of activations with")
            seen = ranges(graph, samples)
            self._precision = f"int8:{told(seen)}"
        settings = {
            "INFERENCE_PRECISION_HINT": "f32" if (self._precision if not seen else _fastest()) == "fp32" else "bf16",
            "NUM_STREAMS": str(self._lanes),
            "INFERENCE_NUM_THREADS": str(self._lanes),
        }
        ops = OpenVINOOps(seen)
        compiled = ov.Core().compile_model(model(graph, ops), "CPU", settings)
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

    def run(self, *inputs: Array) -> tuple[Array, ...]:
        request = self._idle.get()
        try:
            request.infer(list(inputs), share_inputs=True)
            outputs = (request.get_output_tensor(i).data for i in range(self._outputs))
            return tuple(np.array(output, dtype=np.float32) for output in outputs)
        finally:
            self._idle.put(request)


def _fastest() -> str:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "fp32"
    return "bf16" if "amx_bf16" in flags else "fp32"
