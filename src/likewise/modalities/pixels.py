"""An image as one's own network wants it, by plain settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from PIL import Image

from likewise.errors import InputError
from likewise.modalities import Array, Preparer

__all__ = ["Pixels"]

_FILTERS: Final = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
}


@final
@dataclass(frozen=True, slots=True)
class Pixels(Preparer):
    """An image of `height` x `width`; a pixel 0-255 becomes (pixel * scale - mean) / std.

    `fit` says how it comes to that size: "stretch"; "crop", the shorter side resized to `side` and the middle cut out;
    "pad", the longer side resized and grey 0 added at the end. `layout` is NHWC or NCHW, `channels` RGB, BGR or L.
    """

    height: int
    width: int
    fit: str = "crop"
    side: int = 0
    filter: str = "bilinear"
    layout: str = "NCHW"
    channels: str = "RGB"
    scale: float = 1.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    def prepare(self, content: object) -> Array:
        if not isinstance(content, np.ndarray) or content.dtype != np.uint8 or content.shape[2:] != (3,):
            told = f"{content.dtype} {content.shape}" if isinstance(content, np.ndarray) else type(content).__name__
            raise InputError(f"an image is an array (height, width, 3) of uint8 in RGB, this one is {told}")
        if 0 in content.shape:
            raise InputError(f"the image has no pixels: its shape is {content.shape}")
        image = Image.fromarray(content)
        image = self._sized(image.convert("L") if self.channels == "L" else image)
        pixels = np.asarray(image)
        return pixels[:, :, ::-1].copy() if self.channels == "BGR" else pixels.reshape(self.height, self.width, -1)

    def _sized(self, image: Image.Image) -> Image.Image:
        chosen, size = _FILTERS[self.filter], (self.width, self.height)
        if self.fit == "stretch":
            return image.resize(size, chosen)
        if self.fit == "pad":
            ratio = min(self.width / image.width, self.height / image.height)
            small = image.resize(_rounded(image, ratio), chosen)
            return small.crop((0, 0, *size))
        ratio = max(self.side, self.height, self.width) / min(image.size)
        small = image.resize(_rounded(image, ratio), chosen)
        left, top = (small.width - self.width) // 2, (small.height - self.height) // 2
        return small.crop((left, top, left + self.width, top + self.height))

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        pixels = np.stack(prepared).astype(np.float32)
        mean, std = (np.asarray(numbers, dtype=np.float32) for numbers in (self.mean, self.std))
        values = (pixels * np.float32(self.scale) - mean) / std
        return (values if self.layout == "NHWC" else values.transpose(0, 3, 1, 2),)


def _rounded(image: Image.Image, ratio: float) -> tuple[int, int]:
    return max(1, round(image.width * ratio)), max(1, round(image.height * ratio))
