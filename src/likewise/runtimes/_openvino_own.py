"""One's own network, .onnx or .tflite or .xml, run by OpenVINO as its file says: one input, some of its tensors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, final

import numpy as np
import openvino as ov
from openvino.opset13 import constant

from likewise.errors import InputError, ModelError
from likewise.runtimes import Array

__all__ = ["OwnNetwork"]


@final
class OwnNetwork:
    """A network in a file, from its input `given` (None: its only one) to the tensors `wanted`.

    A tensor is an output by its place, or any tensor of the file by its name, inner ones too. `shape` is that of the
    input, None where an axis may have any length. `run` may be called from `lanes` threads at once.
    Raises ModelError for a file that cannot be run, or that has no such input or tensor.
    """

    def __init__(self, path: Path, given: str | None, wanted: Sequence[str | int], threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise InputError(f"threads={threads} must be 1 or more, or None for every core")
        self.lanes = threads or len(os.sched_getaffinity(0))
        network = _read(path)
        port = _input(network, path, given)
        outputs = [_tensor(network, path, name) for name in wanted]
        self.shape = tuple(None if axis.is_dynamic else int(axis.get_length()) for axis in port.get_partial_shape())
        self.kind: np.dtype[Any] = np.dtype(port.get_element_type().to_dtype())
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            # else activations before int8 weights are rounded too: YAMNet's spectrum drowns in that noise
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0",
            "NUM_STREAMS": str(self.lanes),
            "INFERENCE_NUM_THREADS": str(self.lanes),
        }
        chosen = ov.Model(outputs, network.get_parameters(), path.stem)
        try:
            compiled = ov.Core().compile_model(chosen, "CPU", settings)
        except RuntimeError as error:
            raise ModelError(f"{path} cannot be run by OpenVINO: {_last(error)}") from error
        self._outputs = len(outputs)
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.lanes):
            self._idle.put(compiled.create_infer_request())

    @property
    def version(self) -> str:
        """Version of OpenVINO."""
        return str(ov.__version__)

    def run(self, values: Array) -> tuple[Array, ...]:
        """The wanted tensors as float32, in their order. Raises InputError for values that the network refuses."""
        request = self._idle.get()
        try:
            # copied, not shared: OpenVINO reads garbage from slices that do not begin at a multiple of 64 bytes
            request.infer([np.ascontiguousarray(values, dtype=self.kind)], share_inputs=False)
            found = (request.get_output_tensor(i).data for i in range(self._outputs))
            return tuple(np.array(value, dtype=np.float32) for value in found)
        except RuntimeError as error:
            raise InputError(f"the network refuses an input of shape {values.shape}: {_last(error)}") from error
        finally:
            self._idle.put(request)


def _read(path: Path) -> ov.Model:
    try:
        return _unpacked(ov.Core().read_model(path))
    except RuntimeError as error:
        raise ModelError(
            f"{path} cannot be read by OpenVINO: {_last(error)}. It must be a whole .onnx, .tflite or .xml file"
        ) from error


def _unpacked(network: ov.Model) -> ov.Model:
    """The same network with weights kept as integers made float32.

    OpenVINO 2026 repacks integer weights in several threads and now and then spoils them: one YAMNet in ten gave other
    scores, for as long as it was loaded.
    """
    for node in network.get_ordered_ops():
        source = node.input_value(0).get_node() if node.get_type_name() == "Convert" else None
        if source is None or source.get_type_name() != "Constant" or node.get_output_element_type(0) != ov.Type.f32:
            continue
        plain = constant(source.get_data().astype(np.float32))
        for target in list(node.output(0).get_target_inputs()):
            target.replace_source_output(plain.output(0))
    network.validate_nodes_and_infer_types()
    return network


def _last(error: RuntimeError) -> str:
    return (str(error).strip().splitlines() or ["it does not say why"])[-1]


def _input(network: ov.Model, path: Path, name: str | None) -> Any:
    names = [sorted(port.get_names()) for port in network.inputs]
    at = [i for i, known in enumerate(names) if name is None or name in known]
    if len(names) != 1 or not at:
        told = ", ".join(known[0] if known else "one without a name" for known in names)
        asked = "" if name is None else f", and {name!r} was asked for"
        raise ModelError(f"{path} has the inputs {told}{asked}: a network with one input, given by its name, is run")
    return network.inputs[at[0]]


def _tensor(network: ov.Model, path: Path, wanted: str | int) -> Any:
    """What makes the tensor: the source of an output, or any port of that name."""
    if isinstance(wanted, int):
        if not 0 <= wanted < len(network.outputs):
            raise ModelError(f"{path} has {len(network.outputs)} outputs: there is no tensor at place {wanted}")
        return network.outputs[wanted].get_node().input_value(0)
    found = [
        port
        for node in network.get_ordered_ops()
        if node.get_type_name() not in ("Result", "Constant", "Parameter")
        for port in node.outputs()
        if wanted in port.get_names()
    ]
    if not found:
        there = sorted({min(port.get_names(), key=len) for port in network.outputs if port.get_names()})
        raise ModelError(
            f"{path} has no tensor {wanted!r}; its outputs are {', '.join(there)}, "
            "and names of inner ones are shown by a viewer such as Netron"
        )
    return found[-1]
