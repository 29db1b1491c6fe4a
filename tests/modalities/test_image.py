"""Images made ready: sizes, crops, modes of Pillow, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.errors import InputError
from likewise.modalities.image import ImagePreparer
from likewise.types import Clip

RNG = np.random.default_rng(0)
WIDE = RNG.integers(0, 255, (30, 51, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("preparer", "shape"),
    [
        (ImagePreparer(), (30, 51)),
        (ImagePreparer((15,)), (15, 25)),
        (ImagePreparer((12, 20)), (12, 20)),
        (ImagePreparer((), (8, 10)), (8, 10)),
        (ImagePreparer((16,), (16, 16)), (16, 16)),
        (ImagePreparer((20,), (40, 40)), (40, 40)),
        (ImagePreparer((12, 20), real=True), (12, 20)),
    ],
)
def test_sizes(preparer: ImagePreparer, shape: tuple[int, int]) -> None:
    ready = preparer.prepare(WIDE)
    assert ready.shape == (*shape, 3)
    assert ready.dtype == (np.float32 if preparer.real else np.uint8)
    (inputs,) = preparer.inputs([ready, ready])
    assert inputs.shape == (2, 3, *shape)
    assert inputs.dtype == np.float32


def test_a_shorter_edge_keeps_the_proportions_of_a_tall_image() -> None:
    assert ImagePreparer((15,)).prepare(WIDE.transpose(1, 0, 2)).shape == (25, 15, 3)


def test_numbers_are_scaled_and_centred() -> None:
    preparer = ImagePreparer(mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))
    (inputs,) = preparer.inputs([preparer.prepare(WIDE)])
    wanted = (WIDE / 255 - np.array(preparer.mean)) / np.array(preparer.std)
    np.testing.assert_allclose(inputs[0], wanted.transpose(2, 0, 1), atol=1e-6)


def test_the_middle_is_cut_out_as_either_library_rounds_it() -> None:
    down = ImagePreparer((), (30, 48)).prepare(WIDE)  # 3 columns too many
    even = ImagePreparer((), (30, 48), middle="even").prepare(WIDE)
    np.testing.assert_array_equal(down, WIDE[:, 1:49])
    np.testing.assert_array_equal(even, WIDE[:, 2:50])


def test_what_is_too_small_stands_in_the_middle_of_black() -> None:
    found = ImagePreparer((), (40, 60)).prepare(WIDE)
    np.testing.assert_array_equal(found[5:35, 5:56], WIDE)
    assert not found[:5].any()
    assert not found[:, 56:].any()


def test_floats_are_resized_without_rounding() -> None:
    whole = ImagePreparer((12, 20)).prepare(WIDE) / 255
    real = ImagePreparer((12, 20), real=True).prepare(WIDE)
    assert 0 < np.abs(whole - real).max() < 2 / 255


def _modes() -> dict[str, Image.Image]:
    image = Image.fromarray(WIDE)
    clear = image.convert("RGBA")
    clear.putalpha(0)
    turned = image.copy()
    turned.getexif()[0x0112] = 6
    return {
        "L": image.convert("L"),
        "P": image.convert("P"),
        "CMYK": image.convert("CMYK"),
        "1": image.convert("1"),
        "clear": clear,
        "16": Image.fromarray((WIDE[..., 0].astype(np.uint16) << 8) + 7),
        "turned": turned,
    }


@pytest.mark.parametrize("mode", _modes())
def test_images_of_every_mode_become_rgb(mode: str) -> None:
    found = ImagePreparer().prepare(_modes()[mode])
    assert found.dtype == np.uint8
    assert found.shape == ((51, 30, 3) if mode == "turned" else (30, 51, 3))
    if mode == "clear":
        assert (found == 255).all()
    if mode == "16":
        np.testing.assert_array_equal(found, np.repeat(WIDE[..., :1], 3, axis=2))


def test_grey_arrays_and_clips() -> None:
    grey = WIDE[..., 0]
    np.testing.assert_array_equal(ImagePreparer().prepare(grey), np.repeat(grey[..., None], 3, axis=2))
    clip = Clip(np.stack([WIDE, WIDE[::-1]]), np.arange(2.0))
    assert ImagePreparer((12, 20)).prepare(clip).shape == (2, 12, 20, 3)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "photo.jpg",
        Path("photo.jpg"),
        WIDE.astype(np.float32),
        WIDE[..., :2],
        WIDE[:0],
        Clip(np.zeros((0, 4, 4, 3), np.uint8), np.arange(0.0)),
    ],
    ids=lambda bad: type(bad).__name__,
)
def test_what_is_no_image_is_refused(bad: object) -> None:
    with pytest.raises(InputError, match=r"image|frames"):
        ImagePreparer((12, 20)).prepare(bad)


def test_what_was_prepared_otherwise_is_refused() -> None:
    with pytest.raises(InputError, match=r"\(12, 20, 3\)"):
        ImagePreparer((12, 20)).inputs([ImagePreparer((10, 20)).prepare(WIDE)])
