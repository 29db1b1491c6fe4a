"""Images made ready as their makers do: resized by Pillow, cropped at the middle, scaled and centred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from likewise.errors import InputError
from likewise.modalities import Array, Preparer
from likewise.types import Clip

__all__ = ["ImagePreparer"]

Pixels = NDArray[np.uint8]

_FILTERS: Final = {
    "nearest": Image.Resampling.NEAREST,
    "lanczos": Image.Resampling.LANCZOS,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}


@final
@dataclass(frozen=True, slots=True)
class ImagePreparer(Preparer):
    """Resize, crop, scale, centre: `(pixel * scale - mean) / std` of an RGB image, for inputs `(n, 3, height, width)`.

    `resize` is empty, (shorter edge,) or (height, width); `crop` is empty or (height, width), filled up with black
    where the image is smaller. `resample` is one of Pillow's filters. `middle` says how a crop that cannot lie in the
    middle is rounded: "down" as transformers do, "even" as torchvision does. With `real` pixels are scaled to floats
    before they are resized (DINOv3), else they are rounded to whole numbers on the way, as Pillow does.
    """

    resize: tuple[int, ...] = ()
    crop: tuple[int, ...] = ()
    resample: str = "bicubic"
    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    middle: str = "down"
    real: bool = False

    @property
    def shown(self) -> tuple[int, int] | None:
        """Height and width of every prepared image; None where they differ."""
        wanted = self.crop or (self.resize if len(self.resize) == 2 else ())
        return (wanted[0], wanted[1]) if wanted else None

    def prepare(self, content: object) -> Array:
        """Pixels `(height, width, 3)`: uint8, with `real` float32 that are scaled already; of a `Clip` `(t, ...)`."""
        if isinstance(content, Clip):
            if not len(content.frames):
                raise InputError("the clip has no frames")
            return np.stack([self.prepare(frame) for frame in content.frames])
        if isinstance(content, Image.Image):
            content = _pixels(content)
        pixels = _checked(content)
        return self._cropped(self._resized(pixels))

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        wanted = self.crop or (self.resize if len(self.resize) == 2 else ())
        for pixels in prepared:
            if pixels.ndim != 3 or (wanted and pixels.shape != (*wanted, 3)):
                raise InputError(f"a prepared image has the shape {pixels.shape}, wanted {(*wanted, 3)}")
        batch = np.stack(prepared)
        table = _table(self.scale, self.mean, self.std)
        if not self.real:
            return (np.stack([table[c][batch[..., c]] for c in range(3)], axis=1),)
        centred = (batch - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        return (np.ascontiguousarray(centred.transpose(0, 3, 1, 2)),)

    def _resized(self, pixels: Pixels) -> Array:
        height, width = self._size(*pixels.shape[:2])
        if not self.real:
            if (height, width) == pixels.shape[:2]:
                return pixels
            return np.asarray(Image.fromarray(pixels).resize((width, height), _FILTERS[self.resample]))
        scaled = (pixels.astype(np.float64) * self.scale).astype(np.float32)
        if (height, width) == pixels.shape[:2]:
            return scaled
        channels = (Image.fromarray(np.ascontiguousarray(scaled[..., c])) for c in range(3))
        return np.stack([np.asarray(c.resize((width, height), _FILTERS[self.resample])) for c in channels], axis=-1)

    def _size(self, height: int, width: int) -> tuple[int, int]:
        if len(self.resize) != 1:
            return (self.resize[0], self.resize[1]) if self.resize else (height, width)
        edge = self.resize[0]
        if height < width:
            return edge, int(edge * width / height)
        return int(edge * height / width), edge

    def _cropped(self, pixels: Array) -> Array:
        if not self.crop:
            return pixels
        height, width = self.crop
        if pixels.shape[0] < height or pixels.shape[1] < width:
            pixels = _filled(pixels, height, width)
        top, left = (self._first(have - want) for have, want in zip(pixels.shape[:2], self.crop, strict=True))
        return np.ascontiguousarray(pixels[top : top + height, left : left + width])

    def _first(self, over: int) -> int:
        """The first row or column that is kept of so many too many."""
        return over // 2 if self.middle == "down" else round(over / 2)


def _pixels(image: Image.Image) -> Pixels:
    """An image of any mode as RGB, the right way up; what is transparent shows white."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        grey = (np.asarray(image, dtype=np.uint16) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def _checked(content: object) -> Pixels:
    """Pixels `(height, width, 3)`. Raises InputError for what is no image."""
    if not isinstance(content, np.ndarray):
        raise InputError(f"content is {type(content).__name__}, wanted an image: (height, width, 3) uint8, or Pillow's")
    if content.dtype == np.uint8 and (content.ndim == 2 or content.shape[2:] == (1,)):
        content = np.repeat(content.reshape(*content.shape[:2], 1), 3, axis=2)
    if content.dtype != np.uint8 or content.ndim != 3 or content.shape[2] != 3:
        raise InputError(f"an image of {content.shape} {content.dtype} was given, wanted (height, width, 3) uint8 RGB")
    if not content.size:
        raise InputError(f"the image is empty: its shape is {content.shape}")
    return np.ascontiguousarray(content)


def _filled(pixels: Array, height: int, width: int) -> Array:
    """The image in the middle of a black one that is large enough."""
    have = pixels.shape[:2]
    whole = np.zeros((max(height, have[0]), max(width, have[1]), 3), pixels.dtype)
    top, left = (-(-(to - at) // 2) for to, at in zip(whole.shape, have, strict=False))
    whole[top : top + have[0], left : left + have[1]] = pixels
    return whole


@cache
def _table(scale: float, mean: tuple[float, ...], std: tuple[float, ...]) -> NDArray[np.float32]:
    """What every value of a pixel becomes, `(3, 256)`, in the arithmetic of transformers."""
    scaled = (np.arange(256, dtype=np.float64) * scale).astype(np.float32)
    found = (scaled - np.array(mean, np.float32)[:, None]) / np.array(std, np.float32)[:, None]
    return np.ascontiguousarray(found, dtype=np.float32)
