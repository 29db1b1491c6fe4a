"""A minimal OLE compound file that holds an Outlook message with a body; sectors of 512 bytes, no mini stream."""

from __future__ import annotations

import struct

__all__ = ["compound"]

_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_SECTOR = 512


def compound(text: str) -> bytes:
    """The bytes of a .msg file whose plain body begins with `text`."""
    body = (text + "\r\n\r\n" + "Regards. " * 300).encode("utf-16-le")
    properties = bytes(32) + struct.pack("<HHIII", 0x1F, 0x1000, 6, len(body) + 2, 0)
    properties += b"".join(struct.pack("<HHIQ", 3, 0x6000 + i, 6, 0) for i in range(300))
    streams = [("__properties_version1.0", properties), ("__substg1.0_1000001F", body)]
    sectors: list[bytes] = []
    fat: list[int] = []
    entries = [_entry("Root Entry", 5, _END, 0, child=1)]
    for number, (name, data) in enumerate(streams):
        right = number + 2 if number + 1 < len(streams) else _NONE
        entries.append(_entry(name, 2, len(sectors), len(data), right=right))
        _append(data, sectors, fat)
    directory = len(sectors)
    _append(b"".join(entries), sectors, fat)
    table = len(sectors)
    fat.append(_FAT)
    fat += [_FREE] * (_SECTOR // 4 - len(fat))
    sectors.append(struct.pack(f"<{len(fat)}I", *fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, directory, 0, 4096, _END, 0, _END, 0, table
    )
    return header + struct.pack("<I", _FREE) * 108 + b"".join(sectors)


def _append(data: bytes, sectors: list[bytes], fat: list[int]) -> None:
    pieces = [data[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(data), _SECTOR)]
    fat += [len(sectors) + i + 1 for i in range(len(pieces) - 1)] + [_END]
    sectors += pieces


def _entry(name: str, kind: int, start: int, size: int, *, right: int = _NONE, child: int = _NONE) -> bytes:
    label = name.encode("utf-16-le")
    head = label.ljust(64, b"\0") + struct.pack("<HBBIII", len(label) + 2, kind, 1, _NONE, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)
