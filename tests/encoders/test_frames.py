"""Clips through an encoder of images: which frames are looked at, how they are pooled, what is passed on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.encoders import Encoder, Whole, load
from likewise.encoders.senses.frames import Frames
from likewise.errors import InputError
from likewise.space import relate
from likewise.types import Clip, Item, Media, Role, Space, Vectors
from tests.golden.seen import write


class Colours(Encoder):
    """The mean colour of an image, or the lengths of three words; a black image is refused."""

    def __init__(self, *modalities: str, normalize: bool = False) -> None:
        space = Space("colours", "1", "", "mean", (), 1, 3, normalize, "fp32", "numpy")
        super().__init__("colours", space, Whole(*(modalities or ("image",))))

    def encode_batch(self, pieces: Sequence[Any], role: Role) -> Vectors:
        contents: list[Any] = [piece.content if isinstance(piece, Item) else piece for piece in pieces]
        if any(isinstance(c, np.ndarray) and not c.any() for c in contents):
            raise ValueError("it is black")
        found = np.array([[len(w) for w in c.split()] if isinstance(c, str) else c.mean((0, 1)) for c in contents])
        if self.space.normalize:
            found = found / np.linalg.norm(found, axis=1, keepdims=True)
        return found.astype(np.float32)


def _clip(*colours: tuple[int, int, int]) -> Clip:
    frames = np.zeros((len(colours), 4, 5, 3), np.uint8) + np.array(colours, np.uint8)[:, None, None]
    return Clip(frames, np.arange(len(colours)) / 25)


RED, GREEN = (200, 0, 0), (0, 100, 0)


def test_the_mean_is_over_frames_taken_evenly() -> None:
    found = Frames(Colours(), frames=2).encode([_clip(RED, GREEN), _clip(RED, RED, GREEN, GREEN), _clip(GREEN)])
    np.testing.assert_allclose(found.vectors, [[100, 50, 0], [100, 50, 0], [0, 100, 0]])


def test_the_greatest_is_of_every_dimension() -> None:
    encoder = Frames(Colours(), frames=2, pooling="max")
    np.testing.assert_allclose(encoder.encode([_clip(RED, GREEN)]).vectors, [[200, 100, 0]])
    assert encoder.modalities == ("video",)


def test_means_live_in_the_space_of_images_and_the_greatest_do_not() -> None:
    images = Colours()
    assert Frames(images).space == images.space
    assert relate(Frames(images, pooling="max").space, images.space).kind == "incompatible"
    assert Frames(images, 4, "max").space.id != Frames(images, 8, "max").space.id


def test_pooled_vectors_have_length_1_where_those_of_images_have() -> None:
    found = Frames(Colours(normalize=True), frames=2).encode([_clip(RED, GREEN)])
    np.testing.assert_allclose(found.vectors, [[0.5**0.5, 0.5**0.5, 0]], atol=1e-6)


def test_texts_and_images_go_where_they_went_before() -> None:
    images = Colours("image", "text")
    items = [
        Item("t", "one three eleven", "text"),
        Item("v", _clip(RED, GREEN), "video"),
        Item("i", np.full((2, 2, 3), 9, np.uint8), "image"),
    ]
    found = Frames(images, frames=2).encode(items)
    assert not found.failed
    np.testing.assert_allclose(found.vectors, [[3, 5, 6], [100, 50, 0], [9, 9, 9]])
    np.testing.assert_array_equal(found.vectors[[0]], images.encode(items[:1]).vectors)


def test_a_piece_of_a_file_is_its_clip() -> None:
    encoder = Frames(Colours(), frames=2)
    given = [Media("video", _clip(GREEN)), Item("a", Media("video", _clip(GREEN)), "video")]
    np.testing.assert_allclose(encoder.encode(given).vectors, [[0, 100, 0]] * 2)


def test_a_failing_clip_takes_no_other_down() -> None:
    found = Frames(Colours(), frames=2).encode([_clip(RED), _clip((0, 0, 0)), _clip(GREEN)])
    assert [report.ok for report in found.reports] == [True, False, True]
    assert "it is black" in found.reports[1].error


@pytest.mark.parametrize("content", ["words", Item("a", "words", "video"), np.zeros((4, 4, 3), np.uint8)])
def test_what_is_no_clip_is_told(content: object) -> None:
    (report,) = Frames(Colours(), pooling="max").encode([content]).reports
    assert "a video is given as a Clip" in report.error


def test_what_cannot_be_meant_is_told() -> None:
    with pytest.raises(InputError, match="takes audio"):
        Frames(Colours("audio"))
    with pytest.raises(InputError, match="mean or max"):
        Frames(Colours(), pooling="median")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="frames=0"):
        Frames(Colours(), frames=0)


@pytest.mark.parametrize("name", ["clip", "dinov2"])
def test_clips_through_networks_of_images(name: str, tmp_path: Path) -> None:
    images = load(write(tmp_path / name, name), precision="fp32")
    clip = Clip(np.random.default_rng(0).integers(0, 256, (6, 40, 50, 3), dtype=np.uint8), np.arange(6) / 5)
    each = images.encode([Item(str(i), frame, "image") for i, frame in enumerate(clip.frames[::2])]).vectors
    pooled = {"mean": each.mean(axis=0), "max": each.max(axis=0)}
    for pooling, wanted in pooled.items():
        encoder = Frames(images, 3, pooling)  # type: ignore[arg-type]
        found = encoder.encode([Item("a", clip, "video")])
        assert not found.failed
        length = np.linalg.norm(wanted) if images.space.normalize else 1.0
        np.testing.assert_allclose(found.vectors[0], wanted / length, atol=1e-5)
    if "text" in images.modalities:
        query = ["a b"]
        np.testing.assert_array_equal(Frames(images).encode(query).vectors, images.encode(query).vectors)
