"""JSON, and JSON one value a line (JSONL, NDJSON)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._decode import decode
from likewise.formats._lines import lines
from likewise.formats._rows import flat, parsed
from likewise.types import Part, Place

__all__ = ["Jsonl"]

_WHOLE = 256 << 20
_LINE = 64 << 20
"""Characters of a file of one value, and of a line, that are parsed at most."""


@final
class Jsonl(Format):
    """Each line, or each element of one great array, a record `path.to.key: value; ...`."""

    name = "jsonl"
    suffixes = (".jsonl", ".ndjson", ".json", ".geojson", ".jsonld")

    def claim(self, file: File) -> Claim:
        if not file.textual:
            return Claim.NO
        if file.suffix in self.suffixes:
            return Claim.SUFFIX
        return Claim.LOOKS if file.head.lstrip()[:64].replace(b" ", b"").startswith((b'{"', b'[{"')) else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        if file.suffix in (".jsonl", ".ndjson") or _first_line_is_whole(file):
            yield from _lines(file)
        else:
            yield from _whole(file)


def _first_line_is_whole(file: File) -> bool:
    """Whether the first line is a value of its own and a second line follows."""
    first, _, rest = file.head.partition(b"\n")
    try:
        return bool(rest.strip()) and isinstance(parsed(first.decode(errors="replace")), dict)
    except (ValueError, RecursionError):
        return False


def _lines(file: File) -> Iterator[Part]:
    bad: list[int] = []
    count = 0
    for line in lines(decode(file), _LINE):
        file.tick()
        if not line.text.strip():
            continue
        count += 1
        try:
            text = flat(parsed(line.text))
        except (ValueError, RecursionError):
            bad.append(line.number)
            continue
        if text:
            yield Part(text, "record", Place(0, len(text), "line", line.number, line=line.number))
    if bad:
        shown = ", ".join(map(str, bad[:10])) + (" ..." if len(bad) > 10 else "")
        if len(bad) == count:
            raise FormatError("damaged", "none of its lines is JSON")
        file.warnings.append(f"{len(bad)} lines are no JSON and were left out: {shown}")


def _whole(file: File) -> Iterator[Part]:
    if file.size > _WHOLE:
        raise FormatError("too_large", f"one JSON value of {file.size:,} bytes; give one value a line (.jsonl)")
    try:
        value = parsed("".join(decode(file)))
    except RecursionError as error:
        raise FormatError("damaged", "it is nested too deeply") from error
    except ValueError as error:
        raise FormatError("damaged", f"it is no JSON: {error}") from error
    if not isinstance(value, list):
        text = flat(value)
        yield Part(text, "record" if len(text) < 20_000 else "paragraph", Place(0, len(text)))
        return
    for number, element in enumerate(value, 1):
        if text := flat(element):
            yield Part(text, "record", Place(0, len(text), "record", number))
