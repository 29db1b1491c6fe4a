"""Pictures: upright, opaque, 8 bits of red, green and blue, whatever they are kept as or is wrong with them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from likewise.errors import FormatError
from likewise.formats import Plan, Reader
from likewise.modalities.image import ImagePreparer
from likewise.types import Media
from tests.formats.media import picture, saved

Array = np.ndarray[Any, np.dtype[Any]]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def _pieces(reader: Reader, folder: Path, data: bytes, suffix: str = ".bin", plan: Plan | None = None) -> list[Media]:
    path = folder / f"picture{suffix}"
    path.write_bytes(data)
    return list(reader.view(path, plan=plan))


def _pixels(reader: Reader, folder: Path, data: bytes, suffix: str = ".bin", plan: Plan | None = None) -> Array:
    (piece,) = _pieces(reader, folder, data, suffix, plan)
    assert isinstance(piece.content, np.ndarray)
    return piece.content


def _refused(reader: Reader, folder: Path, data: bytes, suffix: str = ".bin") -> FormatError:
    with pytest.raises(FormatError) as caught:
        _pieces(reader, folder, data, suffix)
    return caught.value


def _kept(image: Image.Image, kind: str, **options: Any) -> bytes:
    held = io.BytesIO()
    image.save(held, kind, **options)
    return held.getvalue()


@pytest.mark.parametrize(
    "kind", ["PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP", "JPEG2000", "QOI", "SGI", "TGA", "PCX", "DDS"]
)
def test_lossless_formats_give_their_pixels(kind: str, reader: Reader, tmp_path: Path) -> None:
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    image = Image.fromarray(picture())
    image = image.quantize(64) if kind == "GIF" else image
    suffix = {"TGA": ".tga", "PCX": ".pcx"}.get(kind, ".bin")
    got = _pixels(reader, tmp_path, _kept(image, kind, **options), suffix)
    assert np.array_equal(got, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_come_near(kind: str, reader: Reader, tmp_path: Path) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow was built without AVIF")
    got = _pixels(reader, tmp_path, saved(picture(), kind, quality=95))
    assert np.abs(got.astype(int) - picture()).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_every_orientation_stands_upright(kind: str, orientation: int, reader: Reader, tmp_path: Path) -> None:
    upright = picture(48, 32)
    undone = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7}[orientation]
    turns: list[Any] = [
        lambda a: a,
        lambda a: a[:, ::-1],
        lambda a: a[::-1, ::-1],
        lambda a: a[::-1],
        lambda a: a.transpose(1, 0, 2),
        lambda a: np.rot90(a, 1),
        lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
        lambda a: np.rot90(a, -1),
    ]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(np.ascontiguousarray(turns[undone](upright)), kind, exif=exif.tobytes(), quality=95)
    got = _pixels(reader, tmp_path, data)
    assert got.shape == upright.shape
    assert np.abs(got.astype(int) - upright).mean() < 4


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_without_meaning_is_left_alone(orientation: int, reader: Reader, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(_pixels(reader, tmp_path, saved(picture(), "PNG", exif=exif.tobytes())), picture())


def test_what_is_transparent_lies_on_white(reader: Reader, tmp_path: Path) -> None:
    pixels = np.dstack([picture(), np.full((32, 48), 255, np.uint8)])
    pixels[:10, :, 3], pixels[10:20, :, 3] = 0, 51
    for data in (saved(pixels, "PNG"), saved(pixels, "TIFF"), saved(pixels, "WEBP", lossless=True, exact=True)):
        got = _pixels(reader, tmp_path, data)
        assert (got[:10] == 255).all()
        assert np.abs(got[10:20] - (0.2 * picture()[10:20] + 0.8 * 255)).max() <= 1
        assert np.array_equal(got[20:], picture()[20:])


def test_palettes_and_their_transparent_colour(reader: Reader, tmp_path: Path) -> None:
    image = Image.new("P", (4, 2))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putdata([0, 1] * 4)
    for data in (_kept(image, "PNG", transparency=0), _kept(image, "GIF", transparency=0)):
        assert _pixels(reader, tmp_path, data)[0, :2].tolist() == [[255, 255, 255], [200, 100, 50]]
    assert _pixels(reader, tmp_path, _kept(image, "PNG"))[0, :2].tolist() == [[10, 20, 30], [200, 100, 50]]


def test_greys_of_any_depth_are_scaled(reader: Reader, tmp_path: Path) -> None:
    deep = np.array([[0, 257, 32_896, 65_535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        assert _pixels(reader, tmp_path, saved(deep, kind))[0, :, 0].tolist() == [0, 1, 128, 255]
    units = np.array([[0, 0.25, 0.5, 1, np.nan]], np.float32)
    assert _pixels(reader, tmp_path, saved(units, "TIFF"))[0, :, 1].tolist() == [0, 64, 128, 255, 0]
    wide = np.array([[-1000.0, 0, 1000, np.inf]], np.float32)
    assert _pixels(reader, tmp_path, saved(wide, "TIFF"))[0, :, 2].tolist() == [0, 128, 255, 0]
    whole = np.array([[0, 1 << 30, 1 << 31 - 1]], np.int32)
    assert _pixels(reader, tmp_path, saved(whole, "TIFF"))[0, :, 0].tolist()[::2] == [0, 255]
    bits = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    assert _pixels(reader, tmp_path, _kept(bits, "PNG"))[0, :, 0].tolist() == [0, 255]


def test_colours_of_print_and_of_the_eye(reader: Reader, tmp_path: Path) -> None:
    ink = Image.fromarray(picture()).convert("CMYK")
    assert np.abs(_pixels(reader, tmp_path, _kept(ink, "TIFF")).astype(int) - picture()).max() <= 1
    assert np.abs(_pixels(reader, tmp_path, _kept(ink, "JPEG", quality=95)).astype(int) - picture()).mean() < 4
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(Image.fromarray(picture()), *profiles, outputMode="LAB")
    assert lab is not None
    got = _pixels(reader, tmp_path, _kept(lab, "TIFF"))
    assert np.abs(got.astype(int) - picture()).mean() < 12  # of these, some lie outside of what LAB of 8 bits holds


def test_pages_and_frames_have_places(reader: Reader, tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full((8, 8, 3), 20 * i, np.uint8)) for i in range(10)]
    pieces = _pieces(reader, tmp_path, _kept(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert [str(piece.place) for piece in pieces] == [f"page {i}" for i in range(1, 11)]
    data = _kept(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert len(_pieces(reader, tmp_path, data, plan=Plan(pages=3))) == 3
    for kind in ("GIF", "PNG", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = _kept(pages[0], kind, save_all=True, append_images=pages[1:], duration=500, **options)
        pieces = _pieces(reader, tmp_path, data, plan=Plan(frames=2))
        assert [(p.place.number, p.place.seconds) for p in pieces] == [(3, 1.0), (8, 3.5)]
        assert [int(np.asarray(p.content)[0, 0, 0]) for p in pieces] == [40, 140]


def test_a_large_jpeg_is_decoded_small_only_for_a_model(reader: Reader, tmp_path: Path) -> None:
    path, preparer = tmp_path / "a.jpg", ImagePreparer(resize=(100, 133))
    path.write_bytes(saved(picture(800, 600), "JPEG", quality=95))
    exact = preparer.prepare(_pixels(reader, tmp_path, path.read_bytes(), plan=Plan(draft=1))).astype(int)
    for draft, scale in ((0, ""), (300, "1/2"), (301, ""), (150, "1/4"), (1, "1/8"), (768, "")):
        view = reader.view(path, {"image": preparer}, Plan(draft=draft))
        (piece,) = view
        assert view.metadata.get("decoded_at", "") == scale
        assert (view.metadata["width"], view.metadata["height"]) == (800, 600)
        assert np.abs(np.asarray(piece.content) - exact).max() <= (6 if scale else 0)
    large = tmp_path / "b.jpg"
    large.write_bytes(saved(picture(2304, 1728), "JPEG"))
    view = reader.view(large, {"image": preparer})
    list(view)
    assert view.metadata["decoded_at"] == "1/2"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def test_a_bomb_is_refused_before_it_is_unpacked(reader: Reader, tmp_path: Path) -> None:
    _pieces(reader, tmp_path, saved(picture(), "PNG"))
    before = reader.peak
    assert _refused(reader, tmp_path, _png(100_000, 100_000, b"\0" * 1_000_000)).reason == "bomb"
    assert _refused(reader, tmp_path, _png(2**31 - 1, 1, b"")).reason == "bomb"
    assert reader.peak - before < 16 << 20


def test_what_is_damaged_is_refused(reader: Reader, tmp_path: Path) -> None:
    png, jpeg = saved(picture(), "PNG"), saved(picture(), "JPEG")
    for data in (png[: len(png) // 2], png[:20], jpeg[: len(jpeg) // 2], _png(10, 10, b""), b"GIF89a\0\0\0\0\0\0\0"):
        assert _refused(reader, tmp_path, data).reason in ("damaged", "no_content"), data[:20]


def test_a_million_frames_are_not_looked_through(reader: Reader, tmp_path: Path) -> None:
    held = _kept(Image.new("P", (1, 1)), "GIF")
    frame = b"\x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    at = held.index(b"\x2c")
    data = held[:at] + frame * 1_000_000 + b";"
    path = tmp_path / "many.gif"
    path.write_bytes(data)
    view = reader.view(path)
    (piece,) = view
    assert piece.place.number == 1001
    assert view.warnings == ("only the first 2000 frames were looked at",)


def test_a_suffix_does_not_mislead(reader: Reader, tmp_path: Path) -> None:
    for suffix in (".jpg", ".pdf", ".mp4", ".txt", ""):
        assert np.array_equal(_pixels(reader, tmp_path, saved(picture(), "PNG"), suffix), picture())
    assert _refused(reader, tmp_path, b"words, not a picture", ".png").reason == "unsupported"


def test_what_pillow_does_not_read_is_named(reader: Reader, tmp_path: Path) -> None:
    for head in (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"):
        refused = _refused(reader, tmp_path, head + bytes(100), ".jxl")
        assert (refused.reason, "JPEG XL" in refused.detail) == ("unsupported", True)


def test_postscript_goes_to_no_other_program(reader: Reader, tmp_path: Path) -> None:
    data = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n0 0 moveto showpage\n"
    assert _refused(reader, tmp_path, data, ".eps").reason in ("unsupported", "damaged")
