"""The files of a vector index: written whole or not at all, and never trusted before their checksums agree.

A directory holds `manifest.json` and the files it names. A build writes files under new names, then replaces the
manifest in one step, so that a directory always holds either the old index or the new one.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from likewise.errors import CollectionError, StorageError

__all__ = [
    "Manifest",
    "Stamp",
    "built_once",
    "checksum",
    "commit",
    "create",
    "read_manifest",
    "refusal",
    "sweep",
    "verify",
]

FORMAT = "likewise-vectors/2"
_NAME = "manifest.json"
_BLOCK = 1 << 22
_SUFFIX = ".vec"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Name, length in bytes and CRC-32 of one file."""

    name: str
    bytes: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index directory says of itself; `generation` is the caller's own watermark, given back unread."""

    count: int
    dim: int
    generation: str
    files: Mapping[str, Stamp]
    plan: Mapping[str, Any] = field(default_factory=dict)


def create(directory: Path, role: str) -> BinaryIO:
    """A new file under a name that no manifest uses yet."""
    return (directory / f"{role}-{secrets.token_hex(6)}{_SUFFIX}").open("xb")


def checksum(path: Path) -> Stamp:
    """Length and CRC-32 of a file as it stands."""
    crc, size = 0, 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            crc, size = zlib.crc32(block, crc), size + len(block)
    return Stamp(path.name, size, crc)


def commit(directory: Path, manifest: Manifest) -> None:
    """Make `manifest` and the files it names the index of `directory`, in one step that survives a power cut."""
    for stamp in manifest.files.values():
        _sync(directory / stamp.name)
    body = asdict(manifest)
    partial = directory / f"{_NAME}.{secrets.token_hex(6)}{_SUFFIX}"
    partial.write_text(json.dumps({"format": FORMAT, "crc32": _crc(body), **body}, indent=1), "utf-8")
    _sync(partial)
    partial.replace(directory / _NAME)
    _sync(directory)


def sweep(directory: Path) -> None:
    """Remove the files of earlier and unfinished builds. Readers that hold them open keep them until they close."""
    try:
        kept = {stamp.name for stamp in read_manifest(directory).files.values()}
    except CollectionError:
        kept = set()
    for path in directory.glob(f"*{_SUFFIX}"):
        if path.name not in kept:
            path.unlink(missing_ok=True)


def built_once(directory: Path) -> bool:
    """Whether an index was ever put in place there; the files of a build that was cut short are none."""
    return (directory / _NAME).exists()


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a directory; CollectionError where there is none or it cannot be trusted."""
    path = directory / _NAME
    try:
        body = json.loads(path.read_text("utf-8"))
        form, crc = body.pop("format"), body.pop("crc32")
        if form != FORMAT:
            raise refusal(directory, f"it is of format {form!r}, this version reads {FORMAT!r}")
        if crc != _crc(body):
            raise refusal(directory, "its manifest does not match its checksum")
        body["files"] = {role: Stamp(**stamp) for role, stamp in body["files"].items()}
        return Manifest(**body)
    except FileNotFoundError as error:
        raise refusal(directory, "it has no manifest") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refusal(directory, f"its manifest cannot be read ({error})") from error
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error}): mend the disk or its permissions") from error


def verify(directory: Path, manifest: Manifest, contents: bool) -> None:
    """Check the length of every file, and its checksum too with `contents`; CollectionError where one is off."""
    stamps = list(manifest.files.values())
    for stamp in stamps:
        path = directory / stamp.name
        if Path(stamp.name).name != stamp.name or not path.is_file():
            raise refusal(directory, f"{stamp.name} is missing")
        if path.stat().st_size != stamp.bytes:
            raise refusal(directory, f"{stamp.name} has {path.stat().st_size} bytes, {stamp.bytes} were written")
    if not contents:
        return
    with ThreadPoolExecutor(2) as pool:
        for wanted, seen in zip(stamps, pool.map(lambda s: checksum(directory / s.name), stamps), strict=True):
            if wanted != seen:
                raise refusal(directory, f"{wanted.name} does not match its checksum")


def refusal(directory: Path, reason: str) -> CollectionError:
    """The error for an index that cannot be trusted."""
    return CollectionError(f"the vector index {directory} is refused: {reason}; build it again from the store")


def _crc(body: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(body, sort_keys=True).encode())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
