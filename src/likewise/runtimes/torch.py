"""PyTorch on the CPU or on a CUDA device."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final, final

import numpy as np
import torch

from likewise.errors import InputError
from likewise.networks import Graph
from likewise.runtimes import Array, Runtime, Saved, chosen
from likewise.runtimes._cpu import fastest
from likewise.runtimes._tape import Tape
from likewise.runtimes._torch import TorchOps

__all__ = ["Torch"]

_KINDS: Final = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@final
class Torch(Runtime):
    """Runs a graph in `fp32`, `bf16` or `fp16`; `device` is cpu, cuda or cuda:N, by default CUDA where there is one.

    `auto` takes bf16 on CUDA, and on a CPU whose matrix tiles make it the faster one. On the CPU every core works on a
    batch of its own, in threads of this runtime's, so that what torch does elsewhere in the process keeps its threads.
    """

    def __init__(
        self,
        graph: Graph | Saved,
        precision: str = "auto",
        threads: int | None = None,
        samples: Sequence[Sequence[Array]] = (),  # noqa: ARG002 (only int8 needs some)
        device: str | None = None,
    ) -> None:
        if isinstance(graph, Saved):
            raise InputError(f"runtime torch runs no files such as {graph.path}: take runtime openvino or onnx")
        self._device = _device(device)
        self._cuda = self._device.type == "cuda"
        self._precision = chosen(precision, tuple(_KINDS), "bf16" if self._cuda else fastest(), threads)
        # on CUDA one thread packs a batch while the device works on that of the other
        self._lanes = 2 if self._cuda else threads or len(os.sched_getaffinity(0))
        self._workers = _workers(1 if self._cuda else self._lanes)
        self._tape = Tape(len(graph.inputs))
        ops = TorchOps(self._tape, _KINDS[self._precision])
        self._tape.finish(graph.build(ops, *self._tape.inputs), self._upload)

    @property
    def name(self) -> str:
        return "torch"

    @property
    def version(self) -> str:
        return str(torch.__version__)

    @property
    def precision(self) -> str:
        return self._precision

    @property
    def lanes(self) -> int:
        return self._lanes

    @property
    def budget(self) -> int:
        return 1 << 15 if self._cuda else 1 << 10

    def run(self, *inputs: Array) -> tuple[Array, ...]:
        return self._compute(*inputs) if self._cuda else self._workers.submit(self._compute, *inputs).result()

    def _compute(self, *inputs: Array) -> tuple[Array, ...]:
        with torch.inference_mode():
            outputs = self._tape.run(*map(self._sent, inputs))
            return tuple(output.float().cpu().numpy() for output in outputs)

    def _upload(self, constant: tuple[Array, torch.dtype]) -> Any:
        array, kind = constant
        # torch asks for arrays it could write to, and writes to none; float32 on the CPU is shared, not copied
        return torch.from_numpy(np.require(array, requirements=["C", "W"])).to(self._device, kind)

    def _sent(self, array: Array) -> Any:
        tensor = torch.from_numpy(np.require(array, requirements=["C", "W"]))
        # from pinned memory it is copied while this thread goes on
        return tensor.pin_memory().to(self._device, non_blocking=True) if self._cuda else tensor


def _workers(count: int) -> ThreadPoolExecutor:
    """Threads in each of which torch keeps to one core.

    torch holds its number of threads for each thread, and one for those to come: the latter is put back.
    """
    before = torch.get_num_threads()
    together = Barrier(count)

    def settle(_: int) -> None:
        torch.set_num_threads(1)
        torch.get_num_threads()  # the number is taken over by a thread when it is first asked for
        together.wait()  # so that each of them is another thread

    workers = ThreadPoolExecutor(count, thread_name_prefix="likewise-torch")
    list(workers.map(settle, range(count)))
    torch.set_num_threads(before)
    return workers


def _device(asked: str | None) -> torch.device:
    seen = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if asked is None:
        return torch.device("cuda" if seen else "cpu")
    try:
        device = torch.device(asked)
    except RuntimeError as error:
        raise InputError(f"device {asked!r} is not known: take cpu, cuda or cuda:N") from error
    if device.type not in ("cpu", "cuda"):
        raise InputError(f"device {asked!r} is not run here: take cpu, cuda or cuda:N")
    if device.type == "cuda" and (device.index or 0) >= seen:
        raise InputError(f"device {asked!r} is not there: torch sees {seen} CUDA devices. Leave it out, or take cpu")
    return device
