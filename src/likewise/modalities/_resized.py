"""Resizing of frames as torch does it on uint8: a separable filter, widened when it shrinks, in whole numbers.

Columns first, then rows, each rounded to uint8; weights are whole multiples of a power of two, so that products add up
without error in any order. That is what `torch.nn.functional.interpolate(uint8, antialias=True)` computes on a CPU with
AVX2, and with it the video processors of transformers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["resized", "stretched"]

_REACH: Final = {"bilinear": 1, "bicubic": 2}
"""Half the width of a filter, in places of the coarser grid."""
_BLOCK: Final = 16  # outputs computed by one product: neighbours read nearly the same inputs
_BITS: Final = 22

Span = tuple[int, int]


@final
@dataclass(frozen=True, slots=True)
class _Block:
    """Outputs `at` to `at + len(weights)` are weights `(outputs, inputs)` times the inputs from `start`."""

    at: int
    start: int
    weights: NDArray[Any]


def resized(frames: NDArray[np.uint8], size: Span, rows: Span, columns: Span, kind: str) -> NDArray[np.uint8]:
    """Frames `(t, height, width, 3)` brought to `size` (height, width), of which only some rows and columns are kept.

    `rows` and `columns` are the first kept and the one behind the last; `kind` is bilinear or bicubic.
    """
    _, height, width, _ = frames.shape
    across = _blocks(width, size[1], columns, kind)
    down = _blocks(height, size[0], rows, kind)
    needed = slice(down[1][0].start, max(block.start + block.weights.shape[1] for block in down[1]))
    found = np.empty((len(frames), rows[1] - rows[0], columns[1] - columns[0], 3), np.uint8)
    for frame, out in zip(frames, found, strict=True):
        x = np.moveaxis(frame[needed], -1, 0)  # one frame at a time: a clip of large ones is held once, not as floats
        x = _filtered(x, across, 0, out.shape[1])
        x = _filtered(x.swapaxes(1, 2), down, needed.start, out.shape[0]).swapaxes(1, 2)
        out[:] = np.moveaxis(x, 0, -1)
    return found


def stretched(frames: NDArray[np.uint8], size: Span, rows: Span, columns: Span) -> NDArray[np.float32]:
    """As `resized`, by plain bilinear interpolation of the two nearest, in float32 and without rounding.

    It is `interpolate(float, mode="bilinear", align_corners=False)` of torch.
    """
    _, height, width, _ = frames.shape
    top, bottom, down = _between(height, size[0], rows)
    left, right, across = _between(width, size[1], columns)
    found = np.empty((len(frames), rows[1] - rows[0], columns[1] - columns[0], 3), np.float32)
    for frame, out in zip(frames, found, strict=True):
        pair = [frame[at].astype(np.float32) for at in (top, bottom)]
        upper, lower = (x[:, left] * (1 - across[:, None]) + x[:, right] * across[:, None] for x in pair)
        out[:] = upper * (1 - down[:, None, None]) + lower * down[:, None, None]
    return found


def _filtered(x: NDArray[np.uint8], filters: tuple[int, list[_Block]], before: int, outputs: int) -> NDArray[np.uint8]:
    """The last axis of x `(3, lines, inputs)` filtered; `before` inputs at its start were left away."""
    bits, blocks = filters
    found = np.empty((*x.shape[:-1], outputs), np.uint8)
    half, scale = 1 << (bits - 1), 2.0**-bits
    for block in blocks:
        start = block.start - before
        part = x[..., start : start + block.weights.shape[1]].astype(block.weights.dtype)
        total = part @ block.weights.T
        total += half
        total *= scale  # exact: only the exponent changes
        np.floor(total, out=total)
        found[..., block.at : block.at + len(block.weights)] = total.clip(0, 255)
    return found


@lru_cache(maxsize=64)
def _blocks(inputs: int, outputs: int, kept: Span, kind: str) -> tuple[int, list[_Block]]:
    """The kept part of a filter in blocks, and the bits of the fraction in its weights."""
    step = inputs / outputs
    wide = max(step, 1.0)
    reach = _REACH[kind] * wide
    rows, greatest = [], 0.0
    for i in range(outputs):  # every output counts for the scale of the weights, kept or not
        center = step * (i + 0.5)
        first = max(int(center - reach + 0.5), 0)
        behind = min(int(center + reach + 0.5), inputs)
        weights = _kernel(kind, (np.arange(first, behind, dtype=np.float64) - center + 0.5) / wide)
        weights /= weights.sum()
        greatest = max(greatest, float(weights.max()))
        rows.append((first, weights))
    bits = next((b for b in range(_BITS) if int(0.5 + greatest * (1 << (b + 1))) >= 1 << 15), _BITS)
    whole = [(first, np.trunc(w * (1 << bits) + np.copysign(0.5, w))) for first, w in rows[kept[0] : kept[1]]]
    # float32 holds whole numbers up to 2^24, and a sum may come to 255 times the weights
    exact = max(float(np.abs(w).sum()) for _, w in whole) * 255 + (1 << bits) < 1 << 24
    return bits, [_block(whole, at, np.float32 if exact else np.float64) for at in range(0, len(whole), _BLOCK)]


def _block(rows: list[tuple[int, NDArray[np.float64]]], at: int, kind: type[np.floating[Any]]) -> _Block:
    some = rows[at : at + _BLOCK]
    start = min(first for first, _ in some)
    weights = np.zeros((len(some), max(first + len(w) for first, w in some) - start), kind)
    for row, (first, w) in zip(weights, some, strict=True):
        row[first - start : first - start + len(w)] = w
    return _Block(at, start, weights)


def _kernel(kind: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The triangle, or Keys' cubic with a = -0.5 (Keys 1981)."""
    x = np.abs(x)
    if kind == "bilinear":
        return np.maximum(1.0 - x, 0.0)
    a = -0.5
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _between(inputs: int, outputs: int, kept: Span) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float32]]:
    """The two nearest inputs of every kept output and how far it is from the first towards the second."""
    step = np.float64(np.float32(inputs) / np.float32(outputs))
    # rounded to float32 once, as where a product and a sum are one instruction
    places = np.maximum((step * (np.arange(*kept) + 0.5) - 0.5).astype(np.float32), 0)
    first = np.minimum(places.astype(np.int64), inputs - 1)
    second = np.minimum(first + 1, inputs - 1)
    return first, second, places - first.astype(np.float32)
