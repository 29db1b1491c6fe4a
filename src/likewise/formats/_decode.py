"""Bytes to text in any encoding, in blocks: a file is never in memory whole."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from likewise.formats import File
from likewise.formats._signatures import wide

__all__ = ["decode", "encoding_of", "guess"]

_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:<\?xml[^>]*\bencoding|<meta[^>]*\bcharset|\bcoding[=:])\s*=?\s*["']?([-\w.]+)""", re.I)
_SWITCH = re.compile(rb"\x1b[$(]|~\{")
"""How ISO-2022 and HZ, which are ASCII throughout, begin another character set."""
_SURE = 0.2
_WESTERN = frozenset("àáâäåæçèéêëìíîïñòóôöøùúûüßœÀÁÂÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÛÜŒ«»‘’“”„‚–—…•€£§©®°·¿¡\xa0")
_BLOCKS_OF_UTF8 = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")


def decode(file: File) -> Iterator[str]:
    """The text of a file in blocks; notes its encoding in the metadata, and what was mended in the warnings.

    The blocks joined are `bytes.decode(encoding, "replace")`; line ends are kept, a byte order mark is not.
    """
    encoding = encoding_of(file)
    file.metadata["encoding"] = encoding
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    spoilt = 0
    file.handle.seek(0)
    while block := file.handle.read(_BLOCK):
        text = decoder.decode(block)
        spoilt += text.count("\ufffd")
        if text:
            yield text
    if text := decoder.decode(b"", final=True):
        spoilt += text.count("\ufffd")
        yield text
    if spoilt and not encoding.startswith("utf-8"):
        file.warnings.append(f"{spoilt} characters are not valid in {encoding} and were replaced")
    elif spoilt and _breaks(file) >= 0:
        file.warnings.append(f"it is UTF-8 with mistakes: {spoilt} characters were replaced")


def encoding_of(file: File) -> str:
    """The name of a codec that fits: UTF-8 if it can be, else what the bytes say, else the most likely one."""
    for mark, name in _BOMS:
        if file.head.startswith(mark):
            return name
    if name := wide(file.head):
        return name
    at = 0 if _SWITCH.search(file.head) else _breaks(file)
    if at < 0:
        return "utf-8"
    file.handle.seek(max(0, at - 2048))
    near = file.handle.read(_SAMPLE)
    name = guess(file.head + near if at > len(file.head) else near if at > 2048 else file.head)
    if name != "utf-8":
        file.warnings.append(f"its encoding was guessed: {name}")
    return name


def guess(sample: bytes) -> str:
    """The most likely encoding of bytes that are not valid UTF-8, by what they declare or by their statistics."""
    declared = _DECLARED.search(sample[:2048])
    if declared and (name := _valid(declared[1].decode("ascii", "ignore"), sample)):
        return name
    if sample.isascii() and not _SWITCH.search(sample):
        return "utf-8"
    good = sum(len(m) for m in _BLOCKS_OF_UTF8.findall(sample))
    other = sum(byte >= 0x80 for byte in sample) - good
    if good and other * 20 < good:
        return "utf-8"
    import chardet  # heavy, and most files are UTF-8

    found = chardet.detect(sample)
    if (found["confidence"] or 0.0) < _SURE and _western(sample):
        return "cp1252"
    return _valid(found["encoding"] or "", sample) or _valid("cp1252", sample) or "latin-1"


def _western(sample: bytes) -> bool:
    """Whether a text too short for statistics reads well as Western European: mostly ASCII, its letters and quotes."""
    high = [c for c in sample.decode("cp1252", "replace") if c > "\x7f"]
    return len(high) * 4 < len(sample) and all(c in _WESTERN for c in high)


def _valid(name: str, sample: bytes) -> str:
    """The codec's own name if it decodes the sample, up to a character cut at its end; else ""."""
    try:
        codec = codecs.lookup(name)
        text: object = codecs.getincrementaldecoder(codec.name)("strict").decode(sample)
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""
    if not isinstance(text, str):  # a declared "base64" is a codec too
        return ""
    return codec.name if codec.name not in ("ascii", "utf-7", "idna", "punycode") else "utf-8"


def _breaks(file: File) -> int:
    """Where the bytes stop being UTF-8, -1 where they are UTF-8 to the end."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    file.handle.seek(0)
    at = 0
    while block := file.handle.read(_BLOCK):
        if not (block.isascii() and not decoder.getstate()[0]):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return max(0, at + error.start)
        at += len(block)
    return -1 if not decoder.getstate()[0] else max(0, at - 4)
