"""Linear layers in 8-bit integers: ranges of activations measured beforehand, so that no text changes another's vector.

Activations get one range a layer, after every input channel was divided by a factor that moves its outliers into the
weights (SmoothQuant, Xiao et al. 2022, arXiv:2211.10438, alpha 0.5); weights get one scale for every output channel.
A layer whose rounding noise would be too loud beside its signal stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import openvino as ov
from openvino import opset13 as op

from likewise.types import Vectors

__all__ = ["Range", "Scales", "measured", "scales", "told", "watched"]

_ALPHA: Final = 0.5
_QUIET: Final = 31.0
"""Decibels by which the signal must exceed the rounding noise. Packaged MiniLM, 1,000 OpenStax paragraphs, cosine to
fp32 (least, mean), scaled by the built-in texts: every layer 0.971, 0.9876; 28 dB 0.976, 0.9907; 31 dB 0.998, 0.9994;
34 dB 0.999, 0.9997."""


@dataclass(frozen=True, slots=True)
class Range:
    """What entered a linear layer: per channel the least, the greatest and the mean square `(in,)`."""

    low: Vectors
    high: Vectors
    square: Vectors


@dataclass(frozen=True, slots=True)
class Scales:
    """How a layer is rounded: factors `(in,)`, the activations' range, and weights `(out, in)` int8 with `(out, 1)`."""

    factors: Vectors
    low: float
    high: float
    weight: Any
    step: Vectors


def scales(weight: Vectors, seen: Range) -> Scales | None:
    """The scales of a layer, None where rounding would be heard."""
    most = np.maximum(np.maximum(-seen.low, seen.high), 1e-6)
    columns = np.maximum(np.abs(weight).max(axis=0), 1e-6)
    factors = (most**_ALPHA / columns ** (1 - _ALPHA)).astype(np.float32)
    low, high = float(min((seen.low / factors).min(), -1e-6)), float(max((seen.high / factors).max(), 1e-6))
    step = (high - low) / 255
    zero = round(-low / step)  # so that 0.0 is a step of its own
    moved = weight * factors
    tall = np.maximum(np.abs(moved).max(axis=1, keepdims=True), 1e-12) / 127
    rounded = np.clip(np.round(moved / tall), -127, 127)
    power = (weight.astype(np.float64) ** 2).sum(axis=0)
    signal = float((seen.square * power).sum())
    noise = step**2 / 12 * float((factors.astype(np.float64) ** 2 * power).sum())
    # the error of a weight is as large for every text: it weighs as much as what it is multiplied with
    wrong = ((rounded * tall - moved) / factors).astype(np.float64) ** 2
    noise += float((seen.square * wrong.sum(axis=0)).sum())
    if 10 * np.log10(max(signal, 1e-30) / max(noise, 1e-30)) < _QUIET:
        return None
    return Scales(factors, -zero * step, (255 - zero) * step, rounded.astype(np.int8), tall.astype(np.float32))


def told(seen: Sequence[Range]) -> str:
    """Eight hexadecimal digits that tell one calibration from another."""
    digest = hashlib.sha256()
    for layer in seen:
        for values in (layer.low, layer.high, layer.square):
            digest.update(np.ascontiguousarray(values, "<f4").tobytes())
    return digest.hexdigest()[:8]


def watched(x: Any) -> list[Any]:
    """Nodes that tell the range of what enters a layer."""
    shape = (x if isinstance(x, ov.Output) else x.output(0)).get_partial_shape()
    axes = op.constant(np.arange(shape.rank.get_length() - 1, dtype=np.int64))
    return [
        op.reduce_min(x, axes, False),
        op.reduce_max(x, axes, False),
        op.reduce_mean(op.multiply(x, x), axes, False),
    ]


def measured(model: ov.Model, samples: Sequence[Sequence[Any]]) -> list[Range]:
    """The ranges over samples, in the order of the layers; the outputs of `model` are those of `watched`."""
    request = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}).create_infer_request()
    found: list[list[Any]] = []
    for number, sample in enumerate(samples):
        request.infer(list(sample))
        now = [np.array(request.get_output_tensor(i).data) for i in range(len(model.outputs))]
        if not found:
            found = [now[i : i + 3] for i in range(0, len(now), 3)]
            continue
        for i, kept in enumerate(found):
            low, high, square = now[3 * i : 3 * i + 3]
            kept[0], kept[1] = np.minimum(kept[0], low), np.maximum(kept[1], high)
            kept[2] += (square - kept[2]) / (number + 1)
    return [Range(*kept) for kept in found]
