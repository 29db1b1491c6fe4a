"""Numbers that lie in a grid: images of one value a pixel, and arrays of NumPy without pickles."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import FormatError
from likewise.formats import Claim, File
from likewise.formats._pillow import opened
from likewise.formats._rgb import upright

__all__ = ["array", "claim", "grid"]

_NPY = b"\x93NUMPY"
_HEADERS: Final[dict[tuple[int, int], Callable[..., Any]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def claim(file: File) -> Claim:
    """Whether a file can be a grid."""
    return Claim.CONTENT if file.sense == "image" or file.head.startswith(_NPY) else Claim.NO


def grid(file: File) -> NDArray[Any]:
    """Numbers `(height, width)` as they stand in the file; of colours the brightness, with a warning."""
    if file.head.startswith(_NPY):
        found = array(file)
        found = found[..., 0] if found.ndim == 3 and found.shape[-1] == 1 else found
        if found.ndim != 2 or not found.size:
            raise FormatError("damaged", f"its array has the shape {found.shape}, wanted (height, width)")
        return found
    image = opened(file)
    image.load()
    if image.mode not in ("1", "L", "F", "I") and not image.mode.startswith("I;16"):
        file.warnings.append("it holds colours, whose brightness is taken for what it shows")
        image = image.convert("L")
    return upright(np.asarray(image), image, file.warnings)


def array(file: File) -> NDArray[Any]:
    """The array of an .npy file; the shape that it claims must fit into it."""
    file.handle.seek(0)
    try:
        read = _HEADERS[np.lib.format.read_magic(file.handle)]
        shape, _, dtype = read(file.handle)
    except (KeyError, ValueError, TypeError, SyntaxError, OverflowError) as error:
        raise FormatError("damaged", f"its header makes no sense: {error}") from error
    if dtype.kind not in "uifb" or dtype.hasobject:
        raise FormatError("unsupported", f"it holds {dtype}, wanted numbers; objects are never unpickled")
    if math.prod(shape) * dtype.itemsize + file.handle.tell() > file.size:
        raise FormatError("damaged", f"its header claims the shape {shape}, for which it is too short")
    file.handle.seek(0)
    made: NDArray[Any] = np.load(file.handle, allow_pickle=False)
    return made
