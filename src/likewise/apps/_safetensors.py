"""Tensors into a safetensors file, one at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["written"]

Raw = tuple[str, tuple[int, ...], bytes]


def written(path: Path, names: Iterable[str], raw: Callable[[str], Raw]) -> int:
    """Write the tensors that `raw` gives (kind, shape, little-endian bytes) and return the bytes of all of them.

    Each is asked for twice, first for its size, so that only one is held at a time.
    """
    header: dict[str, object] = {}
    end = 0
    for name in names:
        kind, shape, content = raw(name)
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [end, end + len(content)]}
        end += len(content)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in header:
            file.write(raw(name)[2])
    return end
