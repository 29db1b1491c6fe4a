"""Pixels of any kind as red, green and blue of 8 bits, upright and without transparency."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["flattened", "rgb", "scaled", "upright"]

_ORIENTATION = 0x0112
_TURNS: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels, 1),
}
"""Orientation of EXIF -> what undoes it."""
_STRIP = 1 << 20
"""Pixels that are converted at a time, so that a large image is in memory once as it is and once as RGB."""


def rgb(image: Image.Image) -> NDArray[np.uint8]:
    """An image `(height, width, 3)` uint8; colour profiles are left alone, what is transparent lies on white.

    Whole numbers of 16 bits are divided by 257; of 32 bits and fractions as `scaled` says.
    """
    width, height = image.size
    rows = max(1, _STRIP // width)
    if rows >= height or image.mode in ("I", "F"):
        return _converted(image)
    made = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = image.crop((0, top, width, bottom))
        strip.info = image.info
        made[top:bottom] = _converted(strip)
    return made


def _converted(image: Image.Image) -> NDArray[np.uint8]:
    mode = image.mode
    if mode.startswith("I;16"):
        return _grey(((np.asarray(image).astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8))
    if mode in ("I", "F"):
        return _grey(scaled(np.asarray(image)))
    if mode == "LAB":
        return np.asarray(_from_lab(image))
    if mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        return np.asarray(flattened(image))
    return np.asarray(image if mode == "RGB" else image.convert("RGB"))


def scaled(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Numbers as 8 bits: fractions up to 1 times 255, up to 255 as they are; whole ones up to 65,535 divided by 257.

    All others are stretched from the least to the most; what is no number is 0.
    """
    numbers = values.astype(np.float64)
    finite = np.isfinite(numbers)
    least, most = (float(numbers[finite].min()), float(numbers[finite].max())) if finite.any() else (0.0, 0.0)
    numbers = np.where(finite, numbers, least)
    if values.dtype.kind == "f" and least >= 0 and most <= 1:
        numbers *= 255
    elif values.dtype.kind == "f" and least >= 0 and most <= 255:
        pass
    elif values.dtype.kind != "f" and least >= 0 and most <= 65535:
        numbers /= 257
    else:
        numbers = (numbers / 2 - least / 2) * (255 / (max(most / 2 - least / 2, 1e-300)))  # halves cannot overflow
    numbers = np.where(finite, numbers, 0.0)
    made: NDArray[np.uint8] = np.clip(np.rint(numbers), 0, 255).astype(np.uint8)
    return made


def flattened(image: Image.Image) -> Image.Image:
    """An image with what is transparent laid on white."""
    from PIL import Image

    seen = image.convert("RGBA")
    ground = Image.new("RGB", seen.size, (255, 255, 255))
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground


def upright(pixels: NDArray[Any], image: Image.Image, warnings: list[str]) -> NDArray[Any]:
    """The pixels of an image turned as its EXIF orientation says; one that makes no sense is left alone."""
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception as error:  # EXIF is an annex: whatever is wrong in it, the picture is not
        warnings.append(f"its EXIF cannot be read, so it is shown as it is stored: {error}")
        return pixels
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))


def _grey(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(values[:, :, None], 3, axis=2)


def _from_lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    made = ImageCms.profileToProfile(image, *profiles, outputMode="RGB")
    if made is None:
        raise ValueError("its LAB colours cannot be converted")
    return made
