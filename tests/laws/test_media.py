"""What holds for every format that is viewed: its pieces with their places, and no damage goes beyond the file."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from likewise import parts
from likewise.errors import FormatError
from likewise.formats import REASONS, Plan, Reader, Wordless
from likewise.types import Clip, Media, Motion, Sound
from tests.formats.media import MEDIA

LEAVES = [name for name in parts.names("formats") if issubclass(parts.find("formats", name), Wordless)]
_SLOWEST = 10.0


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def _arrays(media: Media) -> list[object]:
    content = media.content
    if isinstance(content, Sound | Motion):
        return [content.rate, content.samples.tolist()]
    if isinstance(content, Clip):
        return [content.times.tolist(), content.frames.tolist()]
    assert isinstance(content, np.ndarray)
    return [content.tolist()]


def test_every_format_has_a_sample() -> None:
    assert sorted(MEDIA) == LEAVES


@pytest.mark.parametrize("name", LEAVES)
def test_gives_its_pieces_in_order(name: str, reader: Reader, tmp_path: Path) -> None:
    sample = MEDIA[name]
    path = tmp_path / f"file{sample.suffix.upper()}"
    path.write_bytes(sample.make())
    view = reader.view(path, plan=sample.plan)
    assert view.kind == name
    pieces = list(view)
    assert tuple(piece.modality for piece in pieces) == sample.modalities
    times = [piece.place.seconds for piece in pieces if piece.place.seconds is not None]
    assert times == sorted(times)
    assert view.warnings == ()
    assert view.digest == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", LEAVES)
def test_says_the_same_twice_whatever_the_file_is_called(name: str, reader: Reader, tmp_path: Path) -> None:
    sample, seen = MEDIA[name], []
    for called in (
        f"a{sample.suffix}",
        f"b{sample.suffix}",
        "c.dat" if not sample.plan.modality else f"c{sample.suffix}",
    ):
        (tmp_path / called).write_bytes(sample.make())
        seen.append([(m.modality, m.place, _arrays(m)) for m in reader.view(tmp_path / called, plan=sample.plan)])
    assert seen[0] == seen[1] == seen[2]


def _survives(reader: Reader, path: Path, data: bytes, plan: Plan) -> None:
    """Pieces, or an error with a reason of the list, and soon."""
    path.write_bytes(data)
    began = time.monotonic()
    refusal = None
    try:
        list(reader.view(path, plan=plan))
    except FormatError as error:
        refusal = error
    if refusal is not None:
        assert refusal.reason in REASONS
        assert refusal.detail
        assert refusal.reason not in ("timeout", "crashed", "changed_while_reading", "vanished"), str(refusal)
    assert time.monotonic() - began < _SLOWEST


@pytest.mark.parametrize("name", LEAVES)
def test_survives_being_cut_off(name: str, reader: Reader, tmp_path: Path) -> None:
    sample = MEDIA[name]
    data = sample.make()
    for sixteenth in range(16):
        _survives(reader, tmp_path / f"cut{sample.suffix}", data[: len(data) * sixteenth // 16], sample.plan)


@pytest.mark.parametrize("name", LEAVES)
def test_survives_flipped_bits(name: str, reader: Reader, tmp_path: Path) -> None:
    sample = MEDIA[name]
    data, dice = sample.make(), random.Random(f"flips of {name}")
    for _ in range(64):
        spoilt = bytearray(data)
        for _ in range(dice.choice((1, 1, 4, 16))):
            spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
        _survives(reader, tmp_path / f"flipped{sample.suffix}", bytes(spoilt), sample.plan)


@pytest.mark.parametrize("name", LEAVES)
def test_a_good_file_is_viewed_after_bad_ones(name: str, reader: Reader, tmp_path: Path) -> None:
    sample = MEDIA[name]
    _survives(reader, tmp_path / f"bad{sample.suffix}", sample.make()[:-40] + b"\0" * 40, sample.plan)
    path = tmp_path / f"good{sample.suffix}"
    path.write_bytes(sample.make())
    assert tuple(piece.modality for piece in reader.view(path, plan=sample.plan)) == sample.modalities


@pytest.mark.parametrize("name", LEAVES)
def test_is_refused_as_text_and_by_name_as_another_sense(name: str, reader: Reader, tmp_path: Path) -> None:
    sample = MEDIA[name]
    path = tmp_path / f"file{sample.suffix}"
    path.write_bytes(sample.make())
    if not sample.plan.modality and name != "svg":  # which is written in letters
        with pytest.raises(FormatError) as caught:
            list(reader.read(path))
        assert caught.value.reason == "unsupported"
    with pytest.raises(FormatError) as caught:
        list(reader.view(path, plan=Plan("motion" if "motion" not in sample.modalities else "image")))
    assert caught.value.reason in REASONS
