"""One's own network as an encoder: what its TOML says is what happens, and what is wrong in it is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as op

from likewise.encoders import load
from likewise.encoders.senses.extractor import Extractor
from likewise.errors import InputError, LikewiseError, ModelError
from likewise.types import Item, Sound

IMAGE = """
modality = "image"
file = "net.xml"
normalize = false
[input]
size = [4, 4]
fit = "stretch"
filter = "nearest"
layout = "{layout}"
scale = 0.5
mean = [1, 2, 3]
std = [1, 2, 4]
[output]
tensor = "{tensor}"
scale = 10
zero = 1
scores = "classes"
labels = "names.csv"
column = "called"
"""
AUDIO = """
modality = "audio"
file = "net.xml"
normalize = false
[input]
rate = 8000
gain = 2
window = 4
hop = 2
{more}
"""


def _image(folder: Path, layout: str = "NHWC", tensor: str = "inner") -> Path:
    """A network that averages places; its outputs are classes, and `inner` lies before them."""
    x = op.parameter([1, 4, 4, 3], np.float32, "x")
    inner = op.reduce_mean(x, op.constant(np.array([1, 2])), False)
    inner.output(0).set_names({"inner"})
    classes = op.matmul(inner, op.constant(np.array([[1, 0], [0, 1], [0, 0]], np.float32)), False, False)
    classes.output(0).set_names({"classes"})
    ov.save_model(ov.Model([classes], [x], "net"), folder / "net.xml", compress_to_fp16=False)
    (folder / "names.csv").write_text('n,called\n0,red\n1,"green, light"\n')
    (folder / "own.toml").write_text(IMAGE.format(layout=layout, tensor=tensor))
    return folder / "own.toml"


def _audio(folder: Path, more: str = "") -> Path:
    """A network that gives back its window."""
    x = op.parameter([1, 4], np.float32, "x")
    ov.save_model(ov.Model([op.relu(x)], [x], "net"), folder / "net.xml", compress_to_fp16=False)
    (folder / "own.toml").write_text(AUDIO.format(more=more))
    return folder / "own.toml"


def _photo(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((8, 6, 3), (red, green, blue), np.uint8)


def test_an_image_goes_through_as_described(tmp_path: Path) -> None:
    encoder = load(_image(tmp_path))
    assert isinstance(encoder, Extractor)
    found = encoder.encode([_photo(10, 20, 30), _photo(0, 0, 0)])
    rows = (np.array([[10, 20, 30], [0, 0, 0]]) * 0.5 - [1, 2, 3]) / [1, 2, 4]
    np.testing.assert_allclose(found.vectors, (rows - 1) * 10, atol=1e-4)
    assert encoder.modalities == ("image",)
    assert set(encoder.preparers) == {"image"}
    assert encoder.space.pooling == "tensor inner"


def test_scores_of_classes_are_a_second_output(tmp_path: Path) -> None:
    encoder = Extractor(_image(tmp_path))
    assert encoder.labels == ("red", "green, light")
    found = encoder.classify([Item("a", _photo(10, 20, 30), "image"), Item("b", "no image", "image")])
    np.testing.assert_allclose(found.vectors[0], [4, 4], atol=1e-5)
    assert [report.ok for report in found.reports] == [True, False]
    assert found.space.id != encoder.space.id


def test_a_sound_is_cut_into_windows_that_are_averaged(tmp_path: Path) -> None:
    encoder = load(_audio(tmp_path))
    samples = (np.arange(1, 8) / 10).astype(np.float32)
    found = encoder.encode([Sound(samples, 8000), Sound(samples[:2], 8000)])
    windows = np.stack([samples[0:4], samples[2:6], samples[3:7]])
    np.testing.assert_allclose(found.vectors[0], 2 * windows.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.vectors[1], [0.2, 0.4, 0, 0], atol=1e-6)


def test_quiet_windows_do_not_count_unless_all_are(tmp_path: Path) -> None:
    encoder = load(_audio(tmp_path, "quiet = -40"))
    samples = np.array([0, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5], np.float32)
    found = encoder.encode([Sound(samples, 8000), Sound(np.zeros(10, np.float32), 8000)])
    np.testing.assert_allclose(found.vectors[0], [0.5, 0.5, 1, 1], atol=1e-6)
    np.testing.assert_allclose(found.vectors[1], 0)


def test_a_sound_is_brought_to_the_rate(tmp_path: Path) -> None:
    encoder = load(_audio(tmp_path))
    slow = np.sin(2 * np.pi * 100 * np.arange(1600) / 16000).astype(np.float32)
    found = encoder.encode([Sound(slow, 16000), Sound(slow[::2], 8000)])
    np.testing.assert_allclose(found.vectors[0], found.vectors[1], atol=0.02)


def test_a_front_network_makes_frames(tmp_path: Path) -> None:
    path = _audio(tmp_path)
    samples = op.parameter([-1, -1], np.float32, "samples")
    frames = op.reshape(samples, op.constant(np.array([-1, 1])), False)
    ov.save_model(ov.Model([frames], [samples], "front"), tmp_path / "front.xml", compress_to_fp16=False)
    plain = load(path)
    path.write_text(path.read_text() + '[front]\nfile = "front.xml"\nscale = 3\noffset = 1\n')
    encoder = load(path)
    sound = Sound((np.arange(1, 8) / 10).astype(np.float32), 8000)
    expected = 3 * plain.encode([sound]).vectors + 1
    np.testing.assert_allclose(encoder.encode([sound]).vectors, expected, atol=1e-5)
    assert encoder.space.id != plain.space.id


def test_every_setting_and_byte_stands_in_the_fingerprint(tmp_path: Path) -> None:
    path = _audio(tmp_path)
    first = load(path).space
    assert load(path).space.id == first.id
    path.write_text(path.read_text().replace("hop = 2", "hop = 3"))
    assert load(path).space.id != first.id


@pytest.mark.parametrize("content", ["text", None, np.zeros((0, 3, 3), np.uint8), Sound(np.ones(9, np.float32), 8000)])
def test_a_content_that_is_no_image_fails_alone(content: object, tmp_path: Path) -> None:
    found = load(_image(tmp_path)).encode([Item("bad", content, "image"), _photo(1, 2, 3)])
    assert [report.ok for report in found.reports] == [False, True]


@pytest.mark.parametrize(
    "samples", [np.zeros(0, np.float32), np.full(9, np.nan, np.float32), np.zeros((9, 2), np.float32)]
)
def test_a_sound_that_is_none_fails_alone(samples: np.ndarray, tmp_path: Path) -> None:
    found = load(_audio(tmp_path)).encode([Sound(samples, 8000), Sound(np.ones(9, np.float32), 8000)])
    assert [report.ok for report in found.reports] == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('modality = "image"', 'modality = "smell"', "wanted image or audio"),
        ("net.xml", "other.xml", "no such file beside it"),
        ('fit = "stretch"', 'fit = "squeeze"', "crop or stretch or pad"),
        ("scale = 0.5", 'scale = "half"', "wanted a number"),
        ("size = [4, 4]", "size = [4]", "[height, width]"),
        ("size = [4, 4]", "size = [5, 5]", "network takes"),
        ('layout = "NHWC"', 'layout = "NCHW"', "network takes"),
        ("std = [1, 2, 4]", "std = [0, 1, 1]", "holds 0"),
        ("mean = [1, 2, 3]", "mean = [1, 2]", "one number, or three"),
        ('tensor = "inner"', 'tensor = "outer"', "has no tensor 'outer'"),
        ('tensor = "inner"', "tensor = 3", "no tensor at place 3"),
        ("normalize = false", "normalise = false", "not known"),
        ('labels = "names.csv"', "", "belong together"),
        ('column = "called"', 'column = "nick"', "no names of classes"),
        ("[input]", "[input", "cannot be read"),
    ],
)
def test_what_is_wrong_in_the_description_is_told(old: str, new: str, said: str, tmp_path: Path) -> None:
    path = _image(tmp_path)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ModelError) as error:
        load(path)
    assert said in str(error.value)


def test_a_file_that_is_no_network_is_told(tmp_path: Path) -> None:
    path = _image(tmp_path)
    (tmp_path / "net.xml").write_bytes(b"no network")
    with pytest.raises(ModelError, match="cannot be read by OpenVINO"):
        load(path)


def test_settings_that_it_does_not_have_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pooling"):
        load(_image(tmp_path), pooling="mean")
    with pytest.raises(LikewiseError):
        load(tmp_path / "there-is-none.toml")
    with pytest.raises(InputError, match="no scores"):
        Extractor(_audio(tmp_path)).classify([Sound(np.ones(9, np.float32), 8000)])
