"""Laws of encoders of images, sounds and clips: those of texts, with contents of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from likewise.encoders import load
from likewise.encoders.senses.towers import Towers
from likewise.errors import InputError
from likewise.modalities import Prepared
from likewise.space import relate
from likewise.types import Clip, Item, Media, Sound
from tests.golden.seen import write

CHOSEN = ("vit", "clip", "siglip", "convnext")  # every other one is of their kind, and golden
RNG = np.random.default_rng(0)
IMAGES = [RNG.integers(0, 255, (20 + 7 * i % 90, 24 + 11 * i % 70, 3), dtype=np.uint8) for i in range(24)]


def _encoder(path: Path, name: str) -> Towers:
    made = load(write(path / name, name), precision="fp32")
    assert isinstance(made, Towers)
    return made


@pytest.fixture(scope="module", params=CHOSEN)
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Towers:
    return _encoder(tmp_path_factory.mktemp("senses"), request.param)


def test_shape_type_and_order(encoder: Towers) -> None:
    items = [Item(f"id-{i}", image, "image") for i, image in enumerate(IMAGES)]
    forth, back = encoder.encode(iter(items)), encoder.encode(IMAGES[::-1])
    assert forth.ids == tuple(item.id for item in items)
    assert forth.vectors.shape == (len(IMAGES), encoder.space.dim)
    assert forth.vectors.dtype == np.float32
    assert np.isfinite(forth.vectors).all()
    np.testing.assert_allclose(forth.vectors, back.vectors[::-1], atol=1e-5)
    assert len({row.tobytes() for row in forth.vectors}) == len(IMAGES)


def test_nothing_in_nothing_out(encoder: Towers) -> None:
    assert encoder.encode([]).vectors.shape == (0, encoder.space.dim)


@pytest.mark.parametrize("batch_size", [1, 3, None])
def test_an_item_is_the_same_in_any_batch(encoder: Towers, batch_size: int | None) -> None:
    together = encoder.encode(IMAGES, batch_size=batch_size).vectors
    alone = np.concatenate([encoder.encode([image]).vectors for image in IMAGES])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("overflow", ["truncate", "error", "mean"])
@pytest.mark.parametrize(
    "bad",
    [
        None,
        object(),
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((4, 5, 2), np.uint8),
        np.zeros((4, 5, 3), np.float64),
        Path("photo.jpg"),
        Sound(np.zeros(5, np.float32), 5),
        Prepared(np.zeros((2, 2, 3), np.uint8)),
    ],
    ids=lambda bad: type(bad).__name__,
)
def test_a_failing_item_takes_nobody_down(encoder: Towers, overflow: Any, bad: object) -> None:
    items = [Item("a", IMAGES[0], "image"), Item("b", bad, "image"), Item("c", IMAGES[2], "image")]
    found = encoder.encode(items, overflow=overflow)
    assert [report.id for report in found.failed] == ["b"]
    assert found.failed[0].error
    assert np.isnan(found.vectors[1]).all()
    np.testing.assert_allclose(found.vectors[::2], encoder.encode([IMAGES[0], IMAGES[2]]).vectors, atol=1e-5)


def test_what_an_image_may_come_as(encoder: Towers) -> None:
    image = IMAGES[3]
    ready = encoder.preparers["image"].prepare(image)
    contents = [
        image,
        Image.fromarray(image),
        Media("image", image),
        Item("a", Media("image", image), "image"),
        Item("b", Prepared(ready), "image"),
    ]
    found = encoder.encode(contents)
    assert not found.failed, found.failed
    np.testing.assert_allclose(found.vectors, np.repeat(found.vectors[:1], len(contents), 0), atol=1e-5)


def test_files_are_read(encoder: Towers, tmp_path: Path) -> None:
    Image.fromarray(IMAGES[4]).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    (tmp_path / "c.txt").write_text("words")
    pages = [Image.fromarray(image) for image in IMAGES[5:8]]
    pages[0].save(tmp_path / "d.tiff", save_all=True, append_images=pages[1:])
    named = [tmp_path / name for name in ("a.png", "b.png", "c.txt", "d.tiff", "gone.png")]
    items = [Item(path.name, path, "image") for path in named]
    found = encoder.encode([*named, *items])
    assert [report.ok for report in found.reports] == 2 * [True, False, False, True, False]
    np.testing.assert_allclose(found.vectors[[0, 3]], encoder.encode([IMAGES[4], IMAGES[5]]).vectors, atol=1e-5)
    assert [report.id for report in found.truncated] == ["3", "d.tiff"]
    mean = encoder.encode([named[3]], overflow="mean")
    whole: Any = encoder.encode(IMAGES[5:8]).vectors.mean(axis=0)
    whole = whole / np.linalg.norm(whole) if encoder.space.normalize else whole
    np.testing.assert_allclose(mean.vectors[0], whole, atol=1e-5)


def test_a_clip_is_the_mean_of_its_frames(encoder: Towers) -> None:
    frames = RNG.integers(0, 255, (5, 40, 48, 3), dtype=np.uint8)
    clip = encoder.encode([Clip(frames, np.arange(5.0))])
    single: Any = encoder.encode(list(frames)).vectors.mean(axis=0)
    single = single / np.linalg.norm(single) if encoder.space.normalize else single
    np.testing.assert_allclose(clip.vectors[0], single, atol=1e-5)


def test_another_modality_fails_alone(encoder: Towers) -> None:
    found = encoder.encode([IMAGES[0], Item("b", IMAGES[0], modality="smell"), np.zeros((4, 4), np.float32)])
    assert [report.ok for report in found.reports] == [True, False, False]
    assert "smell" in found.reports[1].error
    assert "modality=" in found.reports[2].error


def test_arguments_that_cannot_be_meant(encoder: Towers) -> None:
    wrong: list[dict[str, Any]] = [{"role": "author"}, {"overflow": "drop"}, {"batch_size": 0}]
    for options in wrong:
        with pytest.raises(InputError):
            encoder.encode(IMAGES, **options)
    with pytest.raises(InputError, match="tokens"):
        encoder.outputs(IMAGES, "patches")  # type: ignore[arg-type]
    unknown: list[dict[str, Any]] = [{"precision": "int8"}, {"pooling": "cls"}, {"processes": 2}, {"calibration": []}]
    for settings in unknown:
        with pytest.raises(InputError):
            load(encoder.path, **settings)


def test_outputs_of_a_failing_item(encoder: Towers) -> None:
    found, reports = encoder.outputs([IMAGES[0], np.zeros((0, 5, 3), np.uint8), IMAGES[1]], "tokens")
    assert [value is None for value in found] == [False, True, False]
    assert [report.ok for report in reports] == [True, False, True]


def test_save_and_load_is_exact(encoder: Towers, tmp_path: Path) -> None:
    encoder.save(tmp_path / encoder.name)
    again = load(tmp_path / encoder.name, precision="fp32")
    assert relate(encoder.space, again.space).kind == "exact"
    assert np.array_equal(encoder.encode(IMAGES[:3]).vectors, again.encode(IMAGES[:3]).vectors)
    with pytest.raises(InputError, match="not empty"):
        encoder.save(tmp_path / encoder.name)
