"""Images opened with Pillow, within limits."""

from __future__ import annotations

import warnings
from typing import Any

from likewise.errors import FormatError
from likewise.formats import File

__all__ = ["facts", "opened", "within"]

_LEFT_OUT = frozenset(("BUFR", "EPS", "GRIB", "HDF5", "IPTC", "MPEG", "WMF"))
"""What Pillow only names, or gives to another program (Ghostscript)."""
_SCALES = (8, 4, 2)
_CAMERA = ((0x010F, "make"), (0x0110, "camera"))
_TAKEN, _EXIF = 0x9003, 0x8769


def opened(file: File, draft: int = 0) -> Any:
    """The image of a file, not decoded yet; a JPEG is to be decoded smaller where `draft` or the limit of pixels says.

    Writes down its format, and its size before it is turned and made smaller.
    Raises FormatError `damaged` where no reader knows it, `bomb` beyond the limit of pixels.
    """
    from PIL import Image, UnidentifiedImageError

    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # size is checked below, where it is known what is decoded
    warnings.simplefilter("ignore")  # of damaged annexes
    file.handle.seek(0)
    try:
        image = Image.open(file.handle, formats=sorted(set(Image.ID) - _LEFT_OUT))
    except UnidentifiedImageError as error:
        raise FormatError("damaged", "no reader of images can make sense of it") from error
    file.metadata["format"] = image.format or ""
    file.metadata["width"], file.metadata["height"] = image.size
    _draft(image, draft, file)
    within(image, file)
    Image.MAX_IMAGE_PIXELS = file.limits.pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    return image


def within(image: Any, file: File) -> None:
    """Raise FormatError where an image has more pixels than the limit, or none."""
    width, height = image.size
    if width * height > file.limits.pixels:
        most = file.limits.pixels
        raise FormatError("bomb", f"it unpacks to {width:,} x {height:,} pixels, the limit is {most:,} in all")
    if width < 1 or height < 1:
        raise FormatError("no_content", f"it is {width} x {height} pixels")


def facts(image: Any, file: File) -> None:
    """Write down the camera and when the picture was taken."""
    try:
        exif = image.getexif()
        known = {name: str(exif[tag]).strip("\0 ") for tag, name in _CAMERA if tag in exif}
        taken = exif.get_ifd(_EXIF).get(_TAKEN)
    except Exception:  # an annex that is damaged is no reason to leave the picture out
        return
    file.metadata.update(known)
    if isinstance(taken, str) and len(taken) >= 10:
        file.metadata["taken"] = taken[:10].replace(":", "-") + taken[10:].strip("\0")


def _draft(image: Any, shortest: int, file: File) -> None:
    """Have a JPEG decoded at a part of its size."""
    if image.format not in ("JPEG", "MPO"):
        return
    width, height = image.size
    scale = next((s for s in _SCALES if shortest and min(width, height) // s >= shortest), 1)
    while width * height // scale**2 > file.limits.pixels and scale < 8:
        scale *= 2
    if scale > 1:
        image.draft(image.mode, (width // scale, height // scale))
        file.metadata["decoded_at"] = f"1/{scale}"
