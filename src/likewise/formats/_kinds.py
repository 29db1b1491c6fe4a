"""What kind of thing a file holds, told from its first bytes, cheaply and without decoding any of it."""

from __future__ import annotations

import os
import re
from os import PathLike
from typing import Literal

from likewise.formats._limits import Limits
from likewise.formats._signatures import signature, textual
from likewise.formats._talk import opened

__all__ = ["Kind", "is_drawing", "kind_of", "sense"]

Kind = Literal["text", "image", "audio", "video", "other"]

_HEAD = 1 << 16
_LETTERED = (
    ".tga .icb .vda .vst .pcx .dcx .msp .im .spi .xbm .xpm .pnm .ppm .pgm .pbm .pfm .pcd .pxr .ras .sgi .rgb .rgba "
    ".bw .blp .ftc .ftu .gbr .fli .flc .mic .fpx .cur .dib"
)
_HEARD = ".mp3 .mp2 .aac .adts .ac3 .amr .m4a .wma .opus .oga .spx .mka .weba .aif .aiff .au .caf"
_SEEN = ".mpg .mpeg .vob .ts .m2ts .mts .m2v .m4v .mjpeg .mjpg .dv .rm .mxf .y4m .h264 .hevc .ivf"
_IMAGES, _SOUNDS, _FILMS = (frozenset(names.split()) for names in (_LETTERED, _HEARD, _SEEN))
"""Images whose first bytes do not tell them, or which are written in letters."""
_SVG = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE\s+svg[^>]*>\s*)*<(?:\w+:)?svg[\s>]", re.S)
_PORTABLE = re.compile(rb"P[4-6Ff]\n(?:#[^\n]*\n)*\d+[ \n]\d+\s")
_WORDS: tuple[tuple[str, Kind], ...] = (
    ("image", "image"),
    ("icon", "image"),
    ("cursor", "image"),
    ("audio", "audio"),
    ("video", "video"),
)
_CODECS = ((b"V_", "video"), (b"A_", "audio"))


def kind_of(path: str | PathLike[str], limits: Limits | None = None) -> Kind:
    """Whether a file is to be read (text) or viewed (image, audio, video), from its first 64 KiB; else "other".

    A sheet, a page or a message is text. What a file truly holds is known when it is decoded: a film may be without
    pictures. Raises FormatError for what is no regular file, empty, too large or cannot be opened.
    """
    descriptor, _ = opened(os.fspath(path), (limits or Limits()).recording)
    try:
        head = os.read(descriptor, _HEAD)
    finally:
        os.close(descriptor)
    return sense(head, os.path.splitext(os.fspath(path))[1].lower())  # noqa: PTH122 (a name may be no path)


def sense(head: bytes, suffix: str) -> Kind:
    """`kind_of` for bytes and a suffix; the suffix counts only where the bytes tell nothing."""
    what = signature(head)
    if what in ("Ogg audio or video", "MP4 audio or video", "Matroska video", "ASF audio or video"):
        return _container(what, head, suffix)
    words = what.split()
    for word, kind in _WORDS:
        if word in words:
            return kind
    if is_drawing(head, suffix):
        return "image"
    if suffix in (".mic", ".fpx") and what == "an old Office file":
        return "image"
    if what:
        return "text" if what in ("a zip archive", "an old Office file") else "other"
    return "image" if _PORTABLE.match(head) else _named(head, suffix)


def is_drawing(head: bytes, suffix: str) -> bool:
    """Whether it is SVG, packed or not."""
    return bool(_SVG.match(head[:4096])) or (suffix == ".svgz" and head.startswith(b"\x1f\x8b"))


def _named(head: bytes, suffix: str) -> Kind:
    """The kind by the suffix, where it is one that letters or unknown bytes can have."""
    plain = textual(head)
    if suffix in _IMAGES and (not plain or head[:1] in b"P/#" or suffix in (".im", ".gbr")):
        return "image"
    if not plain and suffix in _SOUNDS:
        return "audio"
    if not plain and suffix in _FILMS:
        return "video"
    return "text" if plain or head.lstrip()[:5] == b"%PDF-" or b"%PDF-" in head[:1024] else "other"


def _container(what: str, head: bytes, suffix: str) -> Kind:
    """Whether a container that holds either seems to hold pictures."""
    if what.startswith("Ogg"):
        return "video" if b"\x80theora" in head[:1024] else "audio"
    if what.startswith("MP4"):
        if head[8:11] in (b"M4A", b"M4B") or (b"soun" in head and b"vide" not in head and b"moov" in head[:64]):
            return "audio"
        return "audio" if suffix in (".m4a", ".m4b") else "video"
    if what.startswith("ASF"):
        return "audio" if suffix == ".wma" else "video"
    found = [kind for mark, kind in _CODECS if mark in head]
    return "audio" if found == ["audio"] or suffix in (".mka", ".weba") else "video"
