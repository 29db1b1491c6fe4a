"""Images in their own proportions, as a row of patches of any length (NaFlex of SigLIP 2, arXiv:2502.14786)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.modalities import Array, Preparer
from likewise.modalities.image import ImagePreparer

__all__ = ["PatchPreparer"]


@final
@dataclass(frozen=True, slots=True)
class PatchPreparer(Preparer):
    """The largest size whose sides are multiples of `patch` and that has at most `most` patches, near its proportions.

    Inputs are patches `(n, s, patch * patch * 3)`, a mask `(n, s)` and, for the table of places of a square grid of
    `grid` rows, what each row and each column of it gives to a patch, `(n, s, grid)` each: bilinear, smoothed where
    the grid is finer than the patches.
    """

    patch: int = 16
    most: int = 256
    grid: int = 16
    resample: str = "bilinear"
    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)

    def prepare(self, content: object) -> Array:
        """Pixels `(height, width, 3)` uint8, both sides multiples of `patch`."""
        whole = ImagePreparer().prepare(content)
        if whole.ndim != 3:
            raise InputError("this model takes single images: give frames of a clip one by one")
        size = _fitting(whole.shape[0], whole.shape[1], self.patch, self.most)
        return ImagePreparer(size, resample=self.resample).prepare(whole)

    def size(self, prepared: Array, units: int) -> int:  # noqa: ARG002 an image has its own
        height, width = prepared.shape[:2]
        return int(height // self.patch) * int(width // self.patch)

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        longest = max(self.size(pixels, 0) for pixels in prepared)
        patches = np.zeros((len(prepared), longest, 3 * self.patch**2), np.float32)
        mask = np.zeros((len(prepared), longest), np.float32)
        rows, columns = (np.zeros((len(prepared), longest, self.grid), np.float32) for _ in range(2))
        plain = ImagePreparer(scale=self.scale, mean=self.mean, std=self.std)
        for at, pixels in enumerate(prepared):
            down, across = pixels.shape[0] // self.patch, pixels.shape[1] // self.patch
            count = down * across
            values = plain.inputs([pixels])[0][0].reshape(3, down, self.patch, across, self.patch)
            patches[at, :count] = values.transpose(1, 3, 2, 4, 0).reshape(count, -1)
            mask[at, :count] = 1
            rows[at, :count] = np.repeat(_shares(self.grid, down), across, axis=0)
            columns[at, :count] = np.tile(_shares(self.grid, across), (down, 1))
        return patches, mask, rows, columns


def _fitting(height: int, width: int, patch: int, most: int) -> tuple[int, int]:
    """The size, by halving as the makers find it."""

    def scaled(side: int, by: float) -> int:
        return int(max(patch, math.ceil(side * by / patch) * patch))

    low, high = 1e-6, 100.0
    while high - low >= 1e-5:
        middle = (low + high) / 2
        if scaled(height, middle) // patch * (scaled(width, middle) // patch) <= most:
            low = middle
        else:
            high = middle
    return scaled(height, low), scaled(width, low)


def _shares(had: int, wanted: int) -> NDArray[np.float32]:
    """What each of `had` places gives to each of `wanted`, `(wanted, had)`: a triangle as wide as the coarser step."""
    step = had / wanted
    wide = max(step, 1.0)
    middle = (np.arange(wanted) + 0.5) * step
    far = np.abs(np.arange(had)[None] + 0.5 - middle[:, None]) / wide
    found = np.maximum(1.0 - far, 0.0)
    return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float32)
