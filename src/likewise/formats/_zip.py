"""Zip containers, looked through before anything in them is unpacked."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import IO, BinaryIO

from likewise.errors import FormatError
from likewise.formats._limits import Limits

__all__ = ["check_container", "check_prologs", "members", "unpack"]

_RATIO = 300
"""Text deflates to a hundredth at best; what unpacks to more than this, and to much, is a bomb."""
_MUCH = 32 << 20
_BROKEN = (KeyError, zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, zlib.error)
_BLOCK = 1 << 16
_IDLE = re.compile(rb"(?:[^<]++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
"""What may stand before the root of an XML document and declares nothing."""
_DOCTYPE = b"<!DOCTYPE"


def members(handle: BinaryIO, limits: Limits) -> frozenset[str]:
    """Names inside a zip container that is fit to be unpacked.

    Raises FormatError `damaged`, `encrypted` or `bomb`: too many entries, too much in all, or too dense.
    """
    handle.seek(0)
    try:
        with zipfile.ZipFile(handle) as container:
            entries = container.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FormatError("damaged", f"its zip container cannot be opened: {error}") from error
    if len(entries) > limits.entries:
        raise FormatError("bomb", f"it holds {len(entries):,} entries, the limit is {limits.entries:,}")
    total = sum(e.file_size for e in entries)
    if total > limits.unpacked:
        raise FormatError("bomb", f"it unpacks to {total:,} bytes, the limit is {limits.unpacked:,}")
    if any(e.file_size > _MUCH and e.file_size > _RATIO * max(e.compress_size, 1) for e in entries):
        raise FormatError("bomb", f"an entry unpacks to more than {_RATIO} times its size")
    if any(e.flag_bits & 1 for e in entries):
        raise FormatError("encrypted", "its zip container is protected by a password")
    return frozenset(e.filename for e in entries)


def unpack(container: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a member; raises FormatError `damaged` where it is missing or broken."""
    try:
        return container.read(name)
    except _BROKEN as error:
        raise FormatError("damaged", f"{name} inside it cannot be unpacked: {error}") from error


def check_container(handle: BinaryIO, limits: Limits) -> None:
    """Refuse a container of XML that is not fit to be unpacked, before a library opens it."""
    members(handle, limits)
    with zipfile.ZipFile(handle) as container:
        check_prologs(container)


def check_prologs(container: zipfile.ZipFile) -> None:
    """Refuse XML members that declare a document type: no office file needs one, and entities live there."""
    for entry in container.infolist():
        if entry.filename.endswith((".xml", ".rels")):
            _check_prolog(container, entry.filename)


def _check_prolog(container: zipfile.ZipFile, name: str) -> None:
    try:
        with container.open(name) as member:
            declares = _declares_type(member)
    except _BROKEN:
        return  # whoever needs it will say that it is damaged
    if declares:
        raise FormatError("bomb", f"{name} inside it declares a document type, where entities can be hidden")


def _declares_type(member: IO[bytes]) -> bool:
    """Whether the first thing of an XML document that is no comment or instruction, however long, is a DOCTYPE."""
    held = b""
    while block := member.read(_BLOCK):
        held += block.replace(b"\0", b"")  # UTF-16 reads as ASCII then
        idle = _IDLE.match(held)
        held = held[idle.end() if idle else 0 :]
        if held.startswith((b"<?", b"<!--")):
            held = held if len(held) < len(_DOCTYPE) else held[:4] + held[-2:]  # its end may be cut in two
        elif len(held) >= len(_DOCTYPE):
            break
    return held[: len(_DOCTYPE)].upper() == _DOCTYPE
