"""Small results kept in the user's cache folder: written whole or not at all, safe to delete, rebuilt when spoilt."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["cached", "digest"]


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
        _write(path, hashlib.sha256(value).digest() + value)
    return value


def _write(path: Path, content: bytes) -> None:
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
