"""Clips made ready for a network: which frames, which part of them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from likewise.encoders.senses._video import video
from likewise.errors import InputError, ModelError
from likewise.formats import Plan
from likewise.formats._wanted import rebuilt, wanted
from likewise.modalities._resized import resized, stretched
from likewise.modalities.video import Video
from likewise.networks import Facts
from likewise.types import Clip


def _clip(count: int = 10, height: int = 6, width: int = 8, rate: float = 10.0) -> Clip:
    frames = np.zeros((count, height, width, 3), np.uint8)
    frames += np.arange(count, dtype=np.uint8)[:, None, None, None]
    return Clip(frames, np.arange(count) / rate)


@pytest.mark.parametrize(
    ("frames", "count", "chosen"),
    [(4, 8, [0, 2, 4, 6]), (4, 10, [0, 2, 5, 7]), (3, 3, [0, 1, 2]), (4, 2, [0, 0, 1, 1]), (5, 1, [0] * 5)],
)
def test_frames_are_taken_evenly(frames: int, count: int, chosen: list[int]) -> None:
    found = Video(frames).prepare(_clip(count))
    assert found[:, 0, 0, 0].tolist() == chosen


@pytest.mark.parametrize(
    ("rate", "count", "chosen"),
    [(10.0, 10, [2, 3, 4, 5, 6]), (5.0, 21, [6, 8, 10, 12, 14]), (10.0, 3, [0, 1, 2, 2, 2]), (5.0, 6, [0, 2, 4, 5, 5])],
)
def test_frames_are_taken_by_rate_around_the_middle(rate: float, count: int, chosen: list[int]) -> None:
    found = Video(5, rate=rate).prepare(_clip(count))
    assert found[:, 0, 0, 0].tolist() == chosen


@pytest.mark.parametrize(("preparer", "frames"), [(Video(8), 16), (Video(64), 64), (Video(32, rate=15.0), 150)])
def test_as_many_frames_are_decoded_as_are_looked_at(preparer: Video, frames: int) -> None:
    sent = json.loads(json.dumps(wanted("a.mp4", {"video": preparer}, Plan(clip=16, every=10.0))))
    preparers, _, plan = rebuilt(sent)
    assert plan.clip == frames
    assert preparers == {"video": preparer}


def test_what_is_larger_is_cropped_and_what_is_smaller_gets_black_around() -> None:
    frames = np.arange(4 * 7, dtype=np.uint8).reshape(1, 4, 7, 1).repeat(3, axis=-1) + 1
    found = Video(1, crop=(2, 9)).prepare(Clip(frames, np.zeros(1)))
    assert found.shape == (1, 2, 9, 3)
    np.testing.assert_array_equal(found[:, :, 1:8], frames[:, 1:3])
    assert not found[:, :, [0, 8]].any()


@pytest.mark.parametrize(("height", "width", "expected"), [(40, 60, (20, 30)), (60, 40, (30, 20)), (41, 59, (20, 28))])
def test_the_shorter_edge_is_brought_to_length(height: int, width: int, expected: tuple[int, int]) -> None:
    assert Video(1, edges=(20,)).prepare(_clip(1, height, width)).shape[1:3] == expected


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(5, 7), (23, 9), (60, 80)])
def test_an_even_surface_stays_even(kind: str, size: tuple[int, int]) -> None:
    frames = np.full((2, 23, 31, 3), 201, np.uint8)
    np.testing.assert_array_equal(resized(frames, size, (0, size[0]), (0, size[1]), kind), 201)


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
def test_a_part_is_resized_as_the_whole(kind: str) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 50, 70, 3), dtype=np.uint8)
    whole = resized(frames, (33, 90), (0, 33), (0, 90), kind)
    np.testing.assert_array_equal(resized(frames, (33, 90), (5, 30), (17, 61), kind), whole[:, 5:30, 17:61])


_TORCH: Final = (
    ("bilinear", (2, 3), [[109, 96, 75], [85, 103, 168]]),
    (
        "bilinear",
        (4, 5),
        [[10, 143, 115, 48, 90], [163, 101, 83, 86, 71], [162, 69, 88, 141, 128], [7, 56, 127, 196, 240]],
    ),
    ("bicubic", (2, 3), [[115, 95, 66], [82, 100, 180]]),
    (
        "bicubic",
        (4, 5),
        [[0, 164, 127, 31, 95], [178, 99, 73, 81, 57], [179, 51, 75, 155, 124], [0, 49, 131, 206, 253]],
    ),
)


def test_resizing_is_that_of_torch() -> None:
    """Made with torch 2.13.0: interpolate(uint8 (1, 1, 3, 4), (2, 3) and (4, 5), mode=..., antialias=True)."""
    frame = np.array([[10, 200, 30, 90], [255, 0, 128, 60], [7, 77, 177, 240]], np.uint8)
    frames = frame[None, :, :, None].repeat(3, axis=-1)
    for kind, size, expected in _TORCH:
        found = resized(frames, size, (0, size[0]), (0, size[1]), kind)[0, :, :, 0]
        assert found.tolist() == expected


def test_plain_interpolation_looks_at_the_two_nearest() -> None:
    frames = np.array([0, 100, 200, 40], np.uint8)[None, None, :, None].repeat(3, axis=-1)
    found = stretched(frames, (1, 2), (0, 1), (0, 2))
    np.testing.assert_allclose(found[0, 0, :, 0], [50, 120], atol=1e-4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.zeros((2, 4, 4, 3), np.uint8), "not as ndarray"),
        (Clip(np.zeros((2, 4, 4, 3), np.float32), np.zeros(2)), "wanted uint8"),
        (Clip(np.zeros((2, 4, 4), np.uint8), np.zeros(2)), "wanted uint8"),
        (Clip(np.zeros((0, 4, 4, 3), np.uint8), np.zeros(0)), "empty"),
        (Clip(np.zeros((2, 0, 4, 3), np.uint8), np.zeros(2)), "empty"),
        (Clip(np.zeros((2, 4, 4, 3), np.uint8), np.zeros(3)), "do not belong together"),
        (Clip(np.zeros((1, 1, 4000, 3), np.uint8), np.zeros(1)), "too thin"),
    ],
)
def test_what_is_no_clip_is_refused(content: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Video(2, edges=(4,)).prepare(content)


def _folder(path: Path, settings: dict[str, Any], name: str = "preprocessor_config.json") -> Path:
    (path / name).write_text(json.dumps(settings))
    return path


def _facts(kind: str = "videomae", **more: Any) -> Facts:
    return Facts(Path("config.json"), {"model_type": kind, "num_frames": 16} | more)


def test_settings_of_before_are_read(tmp_path: Path) -> None:
    old = {
        "feature_extractor_type": "VideoMAEFeatureExtractor",
        "size": 230,
        "crop_size": 200,
        "image_mean": [0, 0.1, 1],
    }
    found = video(_folder(tmp_path, old), _facts(image_size=200))
    assert (found.edges, found.crop, found.mean, found.std) == ((230,), (200, 200), (0.0, 0.1, 1.0), (0.5, 0.5, 0.5))


def test_settings_inside_of_a_processor_come_first(tmp_path: Path) -> None:
    _folder(tmp_path, {"size": 50})
    found = video(_folder(tmp_path, {"video_processor": {"size": 60}}, "processor_config.json"), _facts())
    assert found.edges == (60,)
    found = video(_folder(tmp_path, {"image_processor": {"size": 60}}, "processor_config.json"), _facts())
    assert found.edges == (50,)


def test_a_silent_folder_is_prepared_as_its_model_was_trained(tmp_path: Path) -> None:
    assert video(tmp_path, _facts("vivit")) == Video(
        16, (256,), (224, 224), scale=1 / 127.5, offset=-1.0, mean=(0.5,) * 3, std=(0.5,) * 3
    )
    assert video(tmp_path, _facts("vjepa2", frames_per_clip=64)).edges == (292,)
    assert video(tmp_path, _facts("xclip", vision_config={"num_frames": 8})).frames == 8


@pytest.mark.parametrize(
    ("settings", "facts"),
    [
        ({}, {"image_size": 448}),
        ({"crop_size": {"height": 224, "width": 200}}, {}),
        ({"do_center_crop": False}, {}),
        ({"do_center_crop": False, "size": {"height": 230, "width": 230}}, {}),
    ],
)
def test_clips_of_another_size_than_the_network_takes_are_told(
    settings: dict[str, Any], facts: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="clips become"):
        video(_folder(tmp_path, settings), _facts(**facts))


@pytest.mark.parametrize(
    "wrong",
    [
        {"resample": 0},
        {"resample": [2]},
        {"size": "large"},
        {"crop_size": {"height": 20}},
        {"size": 100_000},
        {"image_mean": [0.5]},
        {"image_std": [1, 0, 1]},
        {"rescale_factor": 0},
    ],
)
def test_settings_that_cannot_be_meant_are_told(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=next(iter(wrong))):
        video(_folder(tmp_path, wrong), _facts())
