"""What holds for every format: it finds its text at its place, and no damage to a file goes beyond that file."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise import parts
from likewise.errors import FormatError
from likewise.formats import REASONS, Reader, Wordless
from likewise.types import Part
from tests.formats.samples import SAMPLES, TEXT

LEAVES = parts.names("formats")
FORMATS = [name for name in LEAVES if not issubclass(parts.find("formats", name), Wordless)]
_SLOWEST = 10.0


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def _read(reader: Reader, path: Path) -> list[Part]:
    return list(reader.read(path))


def test_every_format_has_a_sample() -> None:
    assert sorted(SAMPLES) == FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_finds_its_text_at_its_place(name: str, reader: Reader, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    path = tmp_path / f"file{sample.suffix.upper()}"
    path.write_bytes(sample.make())
    document = reader.read(path)
    assert document.kind == name
    (part,) = [p for p in document if TEXT in p.text]
    assert part.kind == sample.kind
    assert not sample.place or str(part.place) == sample.place
    assert part.place.heading == sample.heading
    assert part.place.end - part.place.start == len(part.text)
    assert document.metadata.get("title", "") == sample.title
    assert document.warnings == ()
    assert document.digest == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", FORMATS)
def test_says_the_same_twice(name: str, reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / f"file{SAMPLES[name].suffix}"
    path.write_bytes(SAMPLES[name].make())
    assert _read(reader, path) == _read(reader, path)


def _survives(reader: Reader, path: Path, data: bytes) -> None:
    """Parts, or an error with a reason of the list, and soon."""
    path.write_bytes(data)
    began = time.monotonic()
    refusal = None
    try:
        _read(reader, path)
    except FormatError as error:
        refusal = error
    if refusal is not None:
        assert refusal.reason in REASONS
        assert refusal.detail
        assert refusal.reason not in ("timeout", "changed_while_reading", "vanished"), str(refusal)
    assert time.monotonic() - began < _SLOWEST


@pytest.mark.parametrize("name", FORMATS)
def test_survives_being_cut_off(name: str, reader: Reader, tmp_path: Path) -> None:
    data = SAMPLES[name].make()
    for sixteenth in range(16):
        _survives(reader, tmp_path / f"cut{SAMPLES[name].suffix}", data[: len(data) * sixteenth // 16])


@pytest.mark.parametrize("name", FORMATS)
def test_survives_flipped_bits(name: str, reader: Reader, tmp_path: Path) -> None:
    data, dice = SAMPLES[name].make(), random.Random(f"flips of {name}")
    for _ in range(64):
        spoilt = bytearray(data)
        for _ in range(dice.choice((1, 1, 4, 16))):
            spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
        _survives(reader, tmp_path / f"flipped{SAMPLES[name].suffix}", bytes(spoilt))


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_file_is_read_after_bad_ones(name: str, reader: Reader, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    _survives(reader, tmp_path / f"bad{sample.suffix}", sample.make()[:-40] + b"\0" * 40)
    path = tmp_path / f"good{sample.suffix}"
    path.write_bytes(sample.make())
    assert any(TEXT in part.text for part in reader.read(path))
