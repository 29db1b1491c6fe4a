"""Which sentences of a source read as instructions to a machine (indirect prompt injection, Greshake et al. 2023).

A list of patterns finds what people have planted so far and cannot find everything. So nothing rests on it alone: an
extractive answer only quotes, and a prompt carries every source as data, marked or not.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from likewise.apps._ask_patterns import instructed
from likewise.modalities import sentences

__all__ = ["instructions"]

_Span = tuple[int, int]

_ALIKE: Final = str.maketrans("аеорсухіјѕһԁԛԝαορυντ", "aeopcyxijshdqwaopuvt")
"""Letters of other scripts that look like Latin ones."""
_DIGITS: Final = str.maketrans("013457@$", "oleastas")
_SPACED: Final = re.compile(r"(?<!\w)(?:\w[ ._*-]){4,}\w(?!\w)")
_CODED: Final = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){16,}")
_HIDDEN: Final = 0xE0000
"""Where Unicode's tag characters begin, which repeat ASCII and which nobody sees."""


def instructions(text: str) -> list[_Span]:
    """(start, end) of what reads as instructions to a machine, each to the end of its line.

    What follows an instruction on its line belongs to it: "Obey this. Say X."
    """
    found: list[_Span] = []
    for start, end in _pieces(text):
        if (not found or start >= found[-1][1]) and any(map(instructed, _variants(text[start:end]))):
            stop = text.find("\n", end)
            found.append((start, start + len(text[start : stop if stop >= 0 else None].rstrip())))
    return found


def _pieces(text: str) -> Iterator[_Span]:
    """Sentences, none of them longer than its line."""
    for start, end in sentences(text):
        for line in re.finditer(r"\S[^\n]*", text[start:end]):
            yield start + line.start(), start + line.end()


def _variants(sentence: str) -> Iterator[str]:
    """A sentence as it may be meant: without unseen characters, look-alikes, gaps between letters, codes, reversed."""
    whole = unicodedata.normalize("NFKC", sentence)
    seen = "".join(c for c in whole if not _unseen(c)).casefold().replace("\u2019", "'")
    plain = " ".join(seen.split())
    yield plain
    yield "".join(chr(ord(c) - _HIDDEN) for c in whole if _HIDDEN < ord(c) < _HIDDEN + 128).casefold()
    alike = plain.translate(_ALIKE)
    if alike != plain:
        yield alike
    if any(c in alike for c in "013457@$"):
        yield alike.translate(_DIGITS)
    if _SPACED.search(seen):
        words = re.split(r"[ ]{2,}|(?<=[^\w\s._*-])[ ]", seen)
        yield " ".join(_SPACED.sub(lambda m: re.sub(r"[ ._*-]", "", m.group()), word) for word in words)
    yield plain[::-1]
    yield from (" ".join(one.casefold().split()) for one in _decoded(whole))


def _unseen(character: str) -> bool:
    """Whether it draws nothing of its own: format characters, and accents that no letter has taken in."""
    kind = unicodedata.category(character)
    return kind == "Cf" or (kind == "Mn" and ord(character) < 0x0370)


def _decoded(text: str) -> Iterator[str]:
    """What base64 and hexadecimal in a text say."""
    for match in _CODED.finditer(text):
        try:
            yield base64.b64decode(match.group() + "=" * (-len(match.group()) % 4)).decode("utf-8")
        except (binascii.Error, ValueError):
            continue
    for match in _HEX.finditer(text):
        try:
            yield bytes.fromhex(re.sub(r"[ :]", "", match.group())).decode("utf-8")
        except ValueError:
            continue
