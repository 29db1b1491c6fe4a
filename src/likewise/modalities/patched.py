"""Images as multimodal decoders read them (Qwen2-VL, Qwen3-VL): patches of pixels among the tokens of a text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.modalities import Array, Preparer
from likewise.modalities.image import ImagePreparer

__all__ = ["Patched"]

_LONGEST = 200  # sides of an image: one this many times as long as wide is refused, as its makers do


@final
@dataclass(frozen=True, slots=True)
class Patched(Preparer):
    """An image as squares of `patch` pixels, `merge` x `merge` of which become one token between `before` and `after`.

    It is resized so that both sides are whole tokens and it has from `least` to `most` pixels (Wang et al. 2024,
    arXiv:2409.12191, as its makers' `smart_resize` does it); x becomes (x / 255 - mean) / std. With `spatial` a token
    has a place in the text, in height and in width, else they follow each other. `side` is that of a learnt grid of
    places, which is interpolated for the image; 0: there is none.
    """

    patch: int = 14
    merge: int = 2
    frames: int = 2
    least: int = 3136
    most: int = 1_003_520
    mean: tuple[float, float, float] = (0.48145466, 0.4578275, 0.40821073)
    std: tuple[float, float, float] = (0.26862954, 0.26130258, 0.27577711)
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    token: int = 0
    spatial: bool = True
    side: int = 0

    def prepare(self, content: Any) -> Array:
        """Pixels `(height, width, 3)` uint8, resized."""
        pixels = ImagePreparer().prepare(content)
        return ImagePreparer(resize=self._sides(*pixels.shape[:2])).prepare(pixels)

    def _sides(self, height: int, width: int) -> tuple[int, int]:
        if max(height, width) > _LONGEST * min(height, width):
            raise InputError(f"the image is {width} x {height}: one side is over {_LONGEST} times the other")
        unit = self.patch * self.merge
        tall, wide = (max(unit, round(edge / unit) * unit) for edge in (height, width))
        if tall * wide > self.most:
            shrink = math.sqrt(height * width / self.most)
            tall, wide = (max(unit, math.floor(edge / shrink / unit) * unit) for edge in (height, width))
        elif tall * wide < self.least:
            grow = math.sqrt(self.least / (height * width))
            tall, wide = (math.ceil(edge * grow / unit) * unit for edge in (height, width))
        return tall, wide

    def size(self, prepared: Array, units: int) -> int:  # noqa: ARG002 images differ
        return int(prepared.shape[0] * prepared.shape[1] // self.patch**2)

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        """Patches `(n, p, 3 frames patch^2)`, their rows and columns `(n, p, 2)`, which count `(n, p)`; ids `(n, s)`,
        which count `(n, s)`, from which image token each comes `(n, s)` (0: from none, else 1 + its place among all),
        places `(n, s, 3)`; with a learnt grid the four neighbours of each patch and their shares `(n, p, 4)`.
        """
        patches = _filled([self._patches(pixels) for pixels in prepared])
        grids = [(pixels.shape[0] // self.patch, pixels.shape[1] // self.patch) for pixels in prepared]
        seats = [self._seats(*grid) for grid in grids]
        tokens = patches.shape[1] // self.merge**2
        texts = [self._text(row * tokens, *grid) for row, grid in enumerate(grids)]
        ids, sources, places = (_filled([text[i] for text in texts]) for i in range(3))
        seen = _filled([np.ones(len(seat), np.float32) for seat in seats])
        mask = _filled([np.ones(len(text[0]), np.float32) for text in texts])
        found: tuple[Array, ...] = (patches, _filled(seats), seen, ids, mask, sources, places)
        if not self.side:
            return found
        near = [self._neighbours(seat, *grid) for seat, grid in zip(seats, grids, strict=True)]
        return (*found, _filled([where for where, _ in near]), _filled([share for _, share in near]))

    def _patches(self, pixels: NDArray[np.uint8]) -> Array:
        values = (pixels.astype(np.float32) * np.float32(1 / 255) - np.array(self.mean, np.float32)) / np.array(
            self.std, np.float32
        )
        p, m = self.patch, self.merge
        height, width = pixels.shape[0] // (p * m), pixels.shape[1] // (p * m)
        squares = values.reshape(height, m, p, width, m, p, 3).transpose(0, 3, 1, 4, 6, 2, 5)
        squares = squares.reshape(-1, 3, 1, p * p)
        return np.repeat(squares, self.frames, axis=2).reshape(len(squares), -1)

    def _seats(self, height: int, width: int) -> NDArray[np.int32]:
        """Row and column of every patch, those of one token one after the other."""
        m = self.merge
        grid = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), axis=-1)
        grid = grid.reshape(height // m, m, width // m, m, 2).transpose(0, 2, 1, 3, 4)
        return grid.reshape(-1, 2).astype(np.int32)

    def _text(self, first: int, height: int, width: int) -> tuple[Array, Array, Array]:
        """Ids, sources and places of the tokens of one image; `first` counts image tokens before it in the batch."""
        rows, columns = height // self.merge, width // self.merge
        count = rows * columns
        ids = np.array([*self.before, *[self.token] * count, *self.after], np.int32)
        sources = np.zeros(len(ids), np.int32)
        start = len(self.before)
        sources[start : start + count] = 1 + first + np.arange(count)
        if not self.spatial:
            return ids, sources, np.repeat(np.arange(len(ids), dtype=np.int32)[:, None], 3, axis=1)
        row, column = np.divmod(np.arange(count), columns)
        middle = start + np.stack([np.zeros(count, np.int64), row, column], axis=1)
        lead = np.repeat(np.arange(start)[:, None], 3, axis=1)
        behind = start + max(rows, columns) + np.repeat(np.arange(len(self.after))[:, None], 3, axis=1)
        return ids, sources, np.concatenate([lead, middle, behind]).astype(np.int32)

    def _neighbours(self, seats: Array, height: int, width: int) -> tuple[Array, Array]:
        """The four places of the learnt grid around every patch and their shares, corners on corners."""
        taps, shares = [], []
        for axis, edge in enumerate((height, width)):
            at = np.linspace(0, self.side - 1, edge, dtype=np.float32)[seats[:, axis]]
            low = np.minimum(at.astype(np.int32), self.side - 1)
            part = at - low
            taps.append(np.stack([low, np.minimum(low + 1, self.side - 1)], axis=1))
            shares.append(np.stack([1 - part, part], axis=1))
        where = taps[0][:, :, None] * self.side + taps[1][:, None, :]
        share = shares[0][:, :, None] * shares[1][:, None, :]
        return where.reshape(-1, 4).astype(np.int32), share.reshape(-1, 4).astype(np.float32)


def _filled(rows: Sequence[Array]) -> Array:
    """Rows of several lengths as one array, zeros behind the shorter ones."""
    longest = max(map(len, rows))
    return np.stack([np.pad(row, [(0, longest - len(row)), *[(0, 0)] * (row.ndim - 1)]) for row in rows])
