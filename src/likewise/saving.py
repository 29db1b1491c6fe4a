"""Arrays from safetensors files, and small results kept in the user's cache folder.

What is cached is written whole or not at all, safe to delete, and made again when spoilt.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from likewise.errors import ModelError
from likewise.types import Vectors

__all__ = ["cached", "checkpoint", "digest", "read_settings", "tensors", "write_whole"]

Bytes = NDArray[np.uint8]

_FLOATS: Final = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def _home() -> Path:
    chosen = os.environ.get("LIKEWISE_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "likewise"


def cached(kind: str, key: str, make: Callable[[], bytes]) -> bytes:
    """What `make` gives, kept under `kind` for the next process that asks with the same key.

    A file that does not match its own checksum is made again; a folder that cannot be written is passed over.
    """
    path = _home() / kind / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    with contextlib.suppress(OSError):
        kept = path.read_bytes()
        if hashlib.sha256(kept[32:]).digest() == kept[:32]:
            return kept[32:]
    value = make()
    with contextlib.suppress(OSError):
        write_whole(path, hashlib.sha256(value).digest() + value)
    return value


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, whatever ends the process; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal; computed once while path, inode, size and modification time stay."""
    facts = path.stat()
    key = f"{path.resolve()}\0{facts.st_ino}\0{facts.st_size}\0{facts.st_mtime_ns}"

    def make() -> bytes:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest().encode()

    return cached("digests", key, make).decode()


def checkpoint(folder: Path) -> Mapping[str, Vectors]:
    """The float tensors of a model folder: of model.safetensors, or of the parts that its index names.

    Raises ModelError for what is broken, not there, or named by the index and in none of its parts.
    """
    index = folder / "model.safetensors.index.json"
    if (folder / "model.safetensors").exists() or not index.exists():
        return tensors(folder / "model.safetensors")
    try:
        named: dict[str, str] = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        parts = sorted({Path(part).name for part in named.values()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{index} cannot be read: {error}. Fetch the model again") from error
    joined = _Tensors()
    for part in parts:
        joined.join(_opened(folder / part))
    missing = [name for name in named if name not in joined]
    if missing and len(missing) == len(named):
        raise ModelError(f"{folder}: none of the tensors that {index.name} names are in {', '.join(parts)}")
    return joined


def read_settings(path: Path) -> dict[str, Any]:
    """The object that a JSON file of a model holds. Raises ModelError for a file that holds none, or is not there."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}. Fetch the model again") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} holds a {type(value).__name__}, wanted an object. Fetch the model again")
    return value


def tensors(path: Path) -> Mapping[str, Vectors]:
    """The float tensors of one safetensors file, as `checkpoint` gives those of a folder."""
    return _opened(path)


def _opened(path: Path) -> _Tensors:
    """The float tensors of a safetensors file as float32; those that are float32 stay on disk, mapped into memory.

    Others are converted each time they are asked for. Raises ModelError for a file that is broken or not there.
    """
    try:
        with safe_open(path, framework="numpy"):
            pass  # checks the header: names, shapes and offsets that fit each other and the file
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        # mapped copy-on-write: runtimes ask for arrays they could write to, and the file stays as it is
        content: Bytes = np.asarray(np.memmap(path, dtype=np.uint8, mode="c", offset=8 + length))
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}. Fetch the model again") from error
    header.pop("__metadata__", None)
    found = _Tensors()
    found.add(content, {name: facts for name, facts in header.items() if facts["dtype"] in _FLOATS})
    return found


@final
class _Tensors(Mapping[str, Vectors]):
    """Tensors of mapped files, made when they are asked for."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[Bytes, dict[str, Any]]] = {}

    def add(self, content: Bytes, header: Mapping[str, dict[str, Any]]) -> None:
        self._places |= {name: (content, facts) for name, facts in header.items()}

    def join(self, other: _Tensors) -> None:
        self._places |= other._places

    def __getitem__(self, name: str) -> Vectors:
        return _tensor(*self._places[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places


def _tensor(content: Bytes, facts: dict[str, Any]) -> Vectors:
    start, end = facts["data_offsets"]
    raw = content[start:end].view(_FLOATS[facts["dtype"]])
    if facts["dtype"] == "BF16":
        raw = (raw.astype("<u4") << 16).view("<f4")
    return np.require(raw.reshape(facts["shape"]), np.float32, ["C", "A", "W"])
