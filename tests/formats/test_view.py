"""Media through the child process: decoded or prepared there, each piece with its place, one row for what is bad."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise import parts
from likewise.errors import FormatError, InputError
from likewise.formats import Limits, Plan, Reader, kind_of
from likewise.formats._wanted import rebuilt, wanted
from likewise.modalities import Preparer
from likewise.types import Media
from tests.formats.samples import SAMPLES


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def _noise(height: int, width: int, seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def _pieces(reader: Reader, path: Path, plan: Plan | None = None) -> list[Media]:
    return list(reader.view(path, plan=plan))


def _image(media: Media) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    assert isinstance(media.content, np.ndarray)
    return media.content


def test_a_picture_comes_back_as_it_was(reader: Reader, tmp_path: Path) -> None:
    pixels = _noise(31, 17)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    view = reader.view(tmp_path / "a.png")
    (piece,) = view
    assert view.kind == piece.modality == "image"
    assert np.array_equal(_image(piece), pixels)
    assert (view.metadata["format"], view.metadata["width"], view.metadata["height"]) == ("PNG", 17, 31)
    assert view.digest == hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()


def test_a_large_picture_crosses_the_line_whole(reader: Reader, tmp_path: Path) -> None:
    pixels = np.tile(_noise(64, 64), (40, 40, 1))
    Image.fromarray(pixels).save(tmp_path / "a.bmp")
    (piece,) = _pieces(reader, tmp_path / "a.bmp")
    assert np.array_equal(_image(piece), pixels)


def test_text_and_media_share_a_child(reader: Reader, tmp_path: Path) -> None:
    Image.fromarray(_noise(8, 8)).save(tmp_path / "a.png")
    (tmp_path / "b.txt").write_text("words", encoding="ascii")
    for _ in range(2):
        assert len(_pieces(reader, tmp_path / "a.png")) == 1
        assert [part.text for part in reader.read(tmp_path / "b.txt")] == ["words"]
    with pytest.raises(FormatError, match="which is not read") as caught:
        reader.read(tmp_path / "a.png")
    assert caught.value.reason == "unsupported"
    with pytest.raises(FormatError, match="read for its text") as caught:
        reader.view(tmp_path / "b.txt")
    assert caught.value.reason == "unsupported"


def test_a_view_that_is_given_up_costs_nothing(reader: Reader, tmp_path: Path) -> None:
    pages = [Image.fromarray(_noise(300, 300, i)) for i in range(20)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    first = next(iter(reader.view(tmp_path / "a.tif")))
    assert str(first.place) == "page 1"
    assert len(_pieces(reader, tmp_path / "a.tif")) == 20


def test_what_is_too_large_is_a_bomb(tmp_path: Path) -> None:
    Image.fromarray(_noise(100, 100)).save(tmp_path / "a.png")
    with Reader(Limits(content=29_999)) as reader, pytest.raises(FormatError) as caught:
        _pieces(reader, tmp_path / "a.png")
    assert caught.value.reason == "bomb"
    with Reader(Limits(pixels=9_999)) as reader, pytest.raises(FormatError, match="100 x 100") as caught:
        _pieces(reader, tmp_path / "a.png")
    assert caught.value.reason == "bomb"


def test_too_many_pieces_are_a_bomb(tmp_path: Path) -> None:
    pages = [Image.fromarray(_noise(8, 8, i)) for i in range(5)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with Reader(Limits(pieces=4)) as reader, pytest.raises(FormatError) as caught:
        _pieces(reader, tmp_path / "a.tif")
    assert caught.value.reason == "bomb"


@pytest.mark.parametrize(
    "wrong", [{"modality": "smell"}, {"rules": (("*", "smell"),)}, {"window": 0}, {"overlap": 10.0}, {"unit": -1.0}]
)
def test_a_plan_is_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Plan(**wrong)  # type: ignore[arg-type]


def test_the_first_rule_that_matches_decides() -> None:
    plan = Plan("thermal", (("*/depth/*", "depth"), ("*.npy", "motion")))
    assert [plan.asked(p) for p in ("a/depth/b.npy", "a/b.npy", "a/b.png")] == ["depth", "motion", "thermal"]


def test_kinds_are_told_from_content(tmp_path: Path) -> None:
    held = io.BytesIO()
    Image.fromarray(_noise(4, 4)).save(held, "PNG")
    files = {
        "a.txt": (held.getvalue(), "image"),
        "b.png": (b"plain words", "text"),
        "c.svg": (b"<?xml version='1.0'?>\n<!-- x -->\n<svg xmlns='http://www.w3.org/2000/svg'/>", "image"),
        "d.wav": (b"RIFF\x24\0\0\0WAVEfmt ", "audio"),
        "e.m4a": (b"\0\0\0\x20ftypM4A \0\0\0\0", "audio"),
        "f.mp4": (b"\0\0\0\x20ftypisom\0\0\0\0", "video"),
        "g.ogg": (b"OggS\0\x02" + b"\0" * 20 + b"\x01\x1e\x01vorbis", "audio"),
        "h.pdf": (b"%PDF-1.4\n\xff\xfe\0\0", "text"),
        "i.bin": (b"\x7fELF\0\0\0", "other"),
        "j.ts": (b"const a: number = 1;\n", "text"),
    }
    for name, (data, kind) in files.items():
        (tmp_path / name).write_bytes(data)
        assert kind_of(tmp_path / name) == kind, name
    with pytest.raises(FormatError) as caught:
        kind_of(tmp_path)
    assert caught.value.reason == "not_regular"


def test_pages_of_a_pdf_are_pictures_where_that_is_asked(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(SAMPLES["pdf"].make())
    pieces = list(reader.view(tmp_path / "a.pdf", plan=Plan("image")))
    assert [str(piece.place) for piece in pieces] == [f"page {i + 1}" for i in range(len(pieces))]
    assert all(max(_image(piece).shape) == 1600 and _image(piece).max() == 255 for piece in pieces)
    assert any(_image(piece).min() < 100 for piece in pieces)  # there are words on it
    with pytest.raises(FormatError, match="read for its text") as caught:
        reader.view(tmp_path / "a.pdf")
    assert caught.value.reason == "unsupported"


def test_recordings_may_be_larger_than_texts(tmp_path: Path) -> None:
    Image.fromarray(_noise(50, 50)).save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("words " * 500, encoding="ascii")
    with Reader(Limits(size=2_000)) as reader:
        assert len(_pieces(reader, tmp_path / "a.png")) == 1
        with pytest.raises(FormatError) as caught:
            reader.read(tmp_path / "a.txt")
        assert caught.value.reason == "too_large"
    with Reader(Limits(recording=2_000)) as reader, pytest.raises(FormatError) as caught:
        reader.view(tmp_path / "a.png")
    assert caught.value.reason == "too_large"


def test_the_memory_of_a_reader_is_its_own(tmp_path: Path) -> None:
    held = np.ones(400 << 20, np.uint8)  # which the child shares until it starts
    Image.fromarray(_noise(50, 50)).save(tmp_path / "a.png")
    with Reader() as reader:
        _pieces(reader, tmp_path / "a.png")
        assert 10 << 20 < reader.peak < 200 << 20
        reader.close()
        assert 10 << 20 < reader.peak < 200 << 20
    assert held[0] == 1


MADE: dict[str, tuple[object, ...]] = {"audio": ("waveform",), "pixels": (8, 6), "video": (8,), "waves": (16_000,)}
"""What preparers are made with whose fields have no defaults; a new one of that kind stands here too."""


def _preparers() -> list[str]:
    found = {name: parts.find("modalities", name) for name in parts.names("modalities")}
    return [name for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, Preparer)]


@pytest.mark.parametrize("name", _preparers())
def test_every_preparer_can_be_sent(name: str) -> None:
    preparer = parts.find("modalities", name)(*MADE.get(name, ()))
    sent = json.loads(json.dumps(wanted("a.bin", {"image": preparer}, Plan("image", every=3))))
    made, asked, plan = rebuilt(sent)
    assert (made, asked, plan.every) == ({"image": preparer}, "image", 3)
