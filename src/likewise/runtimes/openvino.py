"""OpenVINO on the CPU: the default runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Final, final

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.runtimes import Network, Runtime, Tokens
from likewise.runtimes._bert import graph
from likewise.types import Vectors

__all__ = ["OpenVINO"]

_HINTS: Final = {"fp32": "f32", "bf16": "bf16"}


@final
class OpenVINO(Runtime):
    """Runs a network in `fp32` or `bf16`; `auto` takes bf16 only where matrix tiles (AMX) make it the faster one.

    A processor may have bf16 instructions without being quicker for it: on Sapphire and Emerald Rapids with AMX
    masked, vdpbf16ps reaches 84 Gop/s a core where fp32 reaches 155.
    """

    def __init__(self, network: Network, precision: str = "auto", threads: int | None = None) -> None:
        if precision not in ("auto", *_HINTS):
            raise InputError(f"precision {precision!r} is not known: take auto, fp32 or bf16")
        if threads is not None and threads < 1:
            raise InputError(f"threads={threads} must be 1 or more, or None for every core")
        self._precision = precision if precision != "auto" else _fastest()
        settings = {"INFERENCE_PRECISION_HINT": _HINTS[self._precision], "NUM_STREAMS": "1"}
        if threads is not None:
            settings["INFERENCE_NUM_THREADS"] = str(threads)
        self._network = network  # its weights are shared with the compiled model, not copied
        self._request = ov.Core().compile_model(graph(network), "CPU", settings).create_infer_request()

    @property
    def name(self) -> str:
        return "openvino"

    @property
    def version(self) -> str:
        return str(ov.__version__)

    @property
    def precision(self) -> str:
        return self._precision

    def run(self, ids: Tokens, lengths: NDArray[np.int32]) -> Vectors:
        mask = (np.arange(ids.shape[1]) < lengths[:, None]).astype(np.float32)
        self._request.infer([ids, mask], share_inputs=True)
        return np.array(self._request.get_output_tensor(0).data, dtype=np.float32)


def _fastest() -> str:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "fp32"
    return "bf16" if "amx_bf16" in flags else "fp32"
