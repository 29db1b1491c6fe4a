"""Depth, heat and motion: numbers in their units, only where the caller says what they are."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from likewise.errors import FormatError
from likewise.formats import Plan, Reader
from likewise.types import Media, Motion
from tests.formats.media import METRES, STEPS, SVG, phone, picture, saved, steps

Array = np.ndarray[Any, np.dtype[Any]]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def _pieces(reader: Reader, folder: Path, data: bytes, suffix: str, plan: Plan | None = None) -> list[Media]:
    path = folder / f"file{suffix}"
    path.write_bytes(data)
    return list(reader.view(path, plan=plan))


def _numbers(reader: Reader, folder: Path, data: bytes, suffix: str, plan: Plan) -> Array:
    (piece,) = _pieces(reader, folder, data, suffix, plan)
    assert piece.modality == plan.modality
    assert isinstance(piece.content, np.ndarray)
    assert piece.content.dtype == np.float32
    return piece.content


def _motions(pieces: list[Media]) -> list[Motion]:
    return [piece.content for piece in pieces if isinstance(piece.content, Motion)]


def _npy(values: Array) -> bytes:
    held = io.BytesIO()
    np.save(held, values)
    return held.getvalue()


def _pfm(values: Array, little: bool) -> bytes:
    body = values[::-1].astype("<f4" if little else ">f4").tobytes()
    return f"Pf\n{values.shape[1]} {values.shape[0]}\n{-1.0 if little else 1.0}\n".encode() + body


def test_depth_is_in_metres(reader: Reader, tmp_path: Path) -> None:
    metres = METRES.astype(np.float32) / 1000
    assert np.allclose(_numbers(reader, tmp_path, saved(METRES, "PNG"), ".png", Plan("depth")), metres)
    assert np.allclose(_numbers(reader, tmp_path, saved(METRES, "PNG"), ".png", Plan("depth", unit=0.0002)), metres / 5)
    for data, suffix in (
        (saved(metres, "TIFF"), ".tif"),
        (_npy(metres), ".npy"),
        (_npy(np.asfortranarray(metres[..., None])), ".npy"),
        (_pfm(metres, True), ".pfm"),
        (_pfm(metres, False), ".pfm"),
    ):
        assert np.array_equal(_numbers(reader, tmp_path, data, suffix, Plan("depth")), metres), suffix
    assert np.allclose(_numbers(reader, tmp_path, _npy(METRES), ".npy", Plan("depth")), metres)


def test_what_is_not_known_is_0(reader: Reader, tmp_path: Path) -> None:
    values = np.array([[np.nan, np.inf, -1, 0, 2]], np.float32)
    assert _numbers(reader, tmp_path, _npy(values), ".npy", Plan("depth")).tolist() == [[0, 0, 0, 0, 2]]


def test_disparities_become_depth(reader: Reader, tmp_path: Path) -> None:
    values = np.array([[50, 100, 0]], np.float32)
    plan = Plan("depth", focal=500, baseline=0.1)
    assert _numbers(reader, tmp_path, _npy(values), ".npy", plan) == pytest.approx(np.array([[1.0, 0.5, 0]]))
    sixteenths = saved((values * 16).astype(np.uint16), "PNG")
    plan = Plan("depth", focal=500, baseline=0.1, unit=1 / 16)
    assert _numbers(reader, tmp_path, sixteenths, ".png", plan) == pytest.approx(np.array([[1.0, 0.5, 0]]))


def test_heat_keeps_its_numbers(reader: Reader, tmp_path: Path) -> None:
    warm = np.array([[29315, 31000], [0, 65535]], np.uint16)
    assert _numbers(reader, tmp_path, saved(warm, "PNG"), ".png", Plan("thermal")).tolist() == warm.tolist()
    degrees = _numbers(reader, tmp_path, saved(warm, "TIFF"), ".tif", Plan("thermal", unit=0.01))
    assert np.allclose(degrees, warm / 100)
    grey = _numbers(reader, tmp_path, saved(picture(), "PNG"), ".png", Plan("thermal"))
    assert np.abs(grey - np.asarray(Image.fromarray(picture()).convert("L"))).max() == 0


def test_a_picture_is_no_depth_until_it_is_said(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "depth").mkdir()
    for folder in (tmp_path, tmp_path / "depth"):
        (piece,) = _pieces(reader, folder, saved(METRES, "PNG"), ".png")
        assert piece.modality == "image"
    (piece,) = _pieces(reader, tmp_path / "depth", saved(METRES, "PNG"), ".png", Plan(rules=(("*/depth/*", "depth"),)))
    assert piece.modality == "depth"
    for data, suffix in ((_npy(METRES), ".npy"), (steps(), ".csv")):
        with pytest.raises(FormatError) as caught:
            _pieces(reader, tmp_path, data, suffix)
        assert caught.value.reason == "unsupported"


def test_arrays_are_never_unpickled_nor_believed(reader: Reader, tmp_path: Path) -> None:
    held = io.BytesIO()
    np.save(held, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    lying = bytearray(_npy(np.zeros((4, 4))))
    at = lying.index(b"(4, 4)")
    lying[at : at + 14] = b"(99999, 99999)"
    for data, reason in (
        (held.getvalue(), "unsupported"),
        (bytes(lying), "damaged"),
        (b"\x93NUMPY\x01\0\x05\0abc", "damaged"),
    ):
        with pytest.raises(FormatError) as caught:
            _pieces(reader, tmp_path, data, ".npy", Plan("depth"))
        assert caught.value.reason == reason


def test_a_table_of_motion_has_its_rate_and_accelerations_first(reader: Reader, tmp_path: Path) -> None:
    pieces = _pieces(reader, tmp_path, steps(), ".csv", Plan("motion", window=2))
    assert [(p.place.seconds, p.place.until) for p in pieces] == [(0, 2), (2, 4), (3, 5)]
    motions = _motions(pieces)
    assert [motion.rate for motion in motions] == pytest.approx([100] * 3)
    assert np.allclose(np.concatenate([motions[0].samples, motions[1].samples]), STEPS[:400], atol=1e-6)


@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
def test_a_table_without_names_is_taken_as_it_stands(mark: str, reader: Reader, tmp_path: Path) -> None:
    data = "\n".join(mark.join(map(str, row)) for row in STEPS).encode()
    motions = _motions(_pieces(reader, tmp_path, data, ".txt", Plan("motion", rate=100)))
    assert np.allclose(motions[0].samples, STEPS, atol=1e-6)


def test_an_array_of_motion_may_lie_on_its_side(reader: Reader, tmp_path: Path) -> None:
    for values in (STEPS, STEPS.T):
        (motion,) = _motions(_pieces(reader, tmp_path, _npy(values), ".npy", Plan("motion")))
        assert np.allclose(motion.samples, STEPS, atol=1e-6)
        assert motion.rate == 50


def test_cases_of_sktime(reader: Reader, tmp_path: Path) -> None:
    rows = ["@problemName x", "@classLabel true Still Walking", "@data", "1,2,3:4,5,?:Walking", "7,8:9,10:Still"]
    pieces = _pieces(reader, tmp_path, "\n".join(rows).encode(), ".ts", Plan("motion", rate=10))
    assert [str(piece.place) for piece in pieces] == ["case 1 Walking, 00:00-00:00", "case 2 Still, 00:00-00:00"]
    first, second = _motions(pieces)
    assert first.samples.tolist() == [[1, 4], [2, 5], [3, 5]]
    assert second.samples.tolist() == [[7, 9], [8, 10]]


@pytest.mark.parametrize("data", [b"no numbers here\nat all\n", b"@data\nx,y:z\n", b"@data\n", b",,,\n" * 3])
def test_tables_without_numbers_are_refused_or_silent(data: bytes, reader: Reader, tmp_path: Path) -> None:
    try:
        motions = _motions(_pieces(reader, tmp_path, data, ".csv", Plan("motion")))
    except FormatError as error:
        assert error.reason in ("damaged", "no_content")  # noqa: PT017 either is right
    else:
        assert not any(motion.samples.any() for motion in motions)


def test_a_drawing_is_painted_on_white(reader: Reader, tmp_path: Path) -> None:
    for data, suffix in ((SVG, ".svg"), (gzip.compress(SVG), ".svgz"), (b"<?xml version='1.0'?>\n" + SVG, ".xml")):
        (piece,) = _pieces(reader, tmp_path, data, suffix)
        assert isinstance(piece.content, np.ndarray)
        assert piece.content.shape == (512, 1024, 3)
        assert piece.content[200, 100].tolist() == [200, 30, 30]
        assert piece.content[200, 900].tolist() == [255, 255, 255]


def test_a_drawing_shows_no_other_file(reader: Reader, tmp_path: Path) -> None:
    other = tmp_path / "secret.png"
    Image.new("RGB", (10, 10), (1, 2, 3)).save(other)
    space = b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink' viewBox='0 0 10 10'>"
    for name in (b"href", b"x:href"):
        for target in (str(other), f"file://{other}", "secret.png"):
            body = b"<image width='10' height='10' " + name + b"='" + target.encode() + b"'/></svg>"
            (piece,) = _pieces(reader, tmp_path, space + body, ".svg")
            assert (np.asarray(piece.content) == 255).all()
    entity = b"<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'>]>" + SVG
    with pytest.raises(FormatError) as caught:
        _pieces(reader, tmp_path, b"<?xml version='1.0'?>" + entity, ".svg")
    assert caught.value.reason in ("bomb", "unsupported")


def test_a_photo_of_a_phone(reader: Reader, tmp_path: Path) -> None:
    (piece,) = _pieces(reader, tmp_path, phone(), ".heic")
    assert np.abs(np.asarray(piece.content).astype(int) - picture(64, 64)).mean() < 4
