"""The closed list of reasons for which a file is not read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["REASONS"]

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "empty": "it holds no bytes",
        "no_text": "it is sound, but holds no text (a scan, a drawing)",
        "no_content": "it is sound, but there is no picture, sound or motion in it",
        "binary": "it is named as text, or not known at all, and holds bytes that are no text",
        "unsupported": "its format is known, and not read",
        "missing_library": "its format is read by a library that is not installed; the detail says how to get it",
        "unfit": "it is sound, and its encoder cannot use it (too short, too small)",
        "encrypted": "it is protected by a password or a key",
        "damaged": "it breaks the rules of its format",
        "bomb": "it is made to exhaust its reader: it unpacks to far more than it is, or declares entities",
        "too_large": "it is larger than the limit",
        "timeout": "its reader gave no sign of life, or took too long in all, and was stopped",
        "memory": "its reader wanted more memory than the limit",
        "crashed": "its reader died",
        "changed_while_reading": "it was written to or replaced meanwhile",
        "vanished": "it was deleted between listing and reading, or while it was read",
        "unreadable": "the system does not let it be read",
        "not_regular": "it is a pipe, socket, device or directory",
        "link": "it is a symbolic link, and links are not followed unless asked",
    }
)
