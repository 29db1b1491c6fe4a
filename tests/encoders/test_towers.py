"""Folders of networks that see: what is read of them, and what is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from likewise.encoders import load, load_reranker
from likewise.encoders.senses._image import image
from likewise.encoders.senses.towers import Towers
from likewise.errors import InputError, ModelError
from likewise.modalities.image import ImagePreparer
from likewise.networks import Facts
from likewise.networks._patches import placed
from likewise.space import relate
from likewise.types import Clip, Item
from tests.golden.seen import IMAGES, write

Settings = dict[str, Any]


def _read(path: Path, settings: Settings, model_type: str = "vit") -> ImagePreparer:
    (path / "preprocessor_config.json").write_text(json.dumps(settings))
    found = image(path, Facts(path / "config.json", {"model_type": model_type}))
    assert isinstance(found, ImagePreparer)
    return found


def test_older_files_of_settings(tmp_path: Path) -> None:
    found = _read(tmp_path, {"feature_extractor_type": "ViTFeatureExtractor", "size": 224, "do_normalize": True})
    assert (found.resize, found.crop, found.resample, found.mean) == ((224, 224), (), "bilinear", (0.5, 0.5, 0.5))
    clip = {"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "crop_size": 224, "resample": 3}
    found = _read(tmp_path, clip, "clip")
    assert (found.resize, found.crop, found.resample) == ((224,), (224, 224), "bicubic")
    found = _read(tmp_path, {"crop_pct": 0.875, "size": {"shortest_edge": 224}, "resample": 3}, "convnext")
    assert (found.resize, found.crop) == ((256,), (224, 224))


def test_settings_inside_those_of_a_processor(tmp_path: Path) -> None:
    own = {"image_processor_type": "SiglipImageProcessor", "size": {"height": 8, "width": 9}, "do_normalize": False}
    (tmp_path / "processor_config.json").write_text(json.dumps({"image_processor": own}))
    found = image(tmp_path, Facts(tmp_path / "config.json", {"model_type": "siglip"}))
    assert isinstance(found, ImagePreparer)
    assert (found.resize, found.mean, found.std) == ((8, 9), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"image_processor_type": "NobodysImageProcessor"}, "NobodysImageProcessor"),
        ({"size": {"longest_edge": 9}}, "shortest_edge"),
        ({"size": "large"}, "size"),
        ({"resample": 9}, "resample"),
        ({"image_mean": [0.5]}, "image_mean"),
        ({"do_pad": True}, "do_pad"),
        ({"do_rescale": False}, "do_rescale"),
    ],
)
def test_settings_that_are_not_known_are_refused(tmp_path: Path, settings: Settings, why: str) -> None:
    with pytest.raises(ModelError, match=why):
        _read(tmp_path, settings)


def _config(change: Settings) -> Callable[[Path], None]:
    def do(path: Path) -> None:
        config = json.loads((path / "config.json").read_text())
        (path / "config.json").write_text(json.dumps(config | change))

    return do


def _without(name: str) -> Callable[[Path], None]:
    return lambda path: (path / name).unlink()


@pytest.mark.parametrize(
    ("name", "spoil", "why"),
    [
        ("vit", _without("preprocessor_config.json"), "preprocessor_config.json"),
        ("vit", _without("model.safetensors"), "model.safetensors"),
        ("clip", _without("tokenizer.json"), "tokenizer.json"),
        ("vit", _config({"hidden_size": 18}), "shape"),
        ("vit", _config({"hidden_size": 17}), "cannot be shared"),
        ("vit", _config({"patch_size": "eight"}), "patch_size"),
        ("vit", _config({"hidden_act": "softest"}), "softest"),
        ("vit", _config({"num_hidden_layers": 3}), "layer.2"),
        ("dinov2", _config({"apply_layernorm": False}), "apply_layernorm"),
        ("resnet", _config({"downsample_in_first_stage": True}), "downsample_in_first_stage"),
    ],
)
def test_folders_that_cannot_be_used(name: str, spoil: Callable[[Path], None], why: str, tmp_path: Path) -> None:
    folder = write(tmp_path / name, name)
    spoil(folder)
    with pytest.raises(ModelError, match=why):
        load(folder)


def test_a_network_that_sees_is_no_reranker(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="images or sounds"):
        load_reranker(write(tmp_path / "clip", "clip"))


def test_a_tokenizer_of_another_model_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "clip", "clip")
    text = json.loads((folder / "tokenizer.json").read_text())
    text["model"]["vocab"]["another"] = 77
    (folder / "tokenizer.json").write_text(json.dumps(text))
    with pytest.raises(ModelError, match="do not belong together"):
        load(folder)


def test_spaces_tell_how_contents_are_prepared(tmp_path: Path) -> None:
    one = write(tmp_path / "one" / "vit", "vit")
    other = write(tmp_path / "other" / "vit", "vit")
    settings = json.loads((other / "preprocessor_config.json").read_text())
    (other / "preprocessor_config.json").write_text(json.dumps(settings | {"resample": 3}))
    first, second = load(one, precision="fp32"), load(other, precision="fp32")
    assert relate(first.space, second.space).kind == "incompatible"
    again = load(one, precision="fp32", runtime="onnx")
    assert relate(first.space, again.space).kind == "equivalent"


def test_texts_are_cut_at_max_length(tmp_path: Path) -> None:
    folder = write(tmp_path / "clip", "clip")
    encoder = load(folder, precision="fp32", max_length=6)
    assert encoder.capacity() == 4
    (report,) = encoder.encode(["a b c d e f g"]).reports
    assert (report.seen, report.used, report.truncated) == (7, 4, True)
    with pytest.raises(InputError, match="max_length=99"):
        load(folder, max_length=99)
    with pytest.raises(InputError, match="max_length"):
        load(write(tmp_path / "vit", "vit"), max_length=9)


def test_kinds_are_mixed_in_one_call(tmp_path: Path) -> None:
    encoder = load(write(tmp_path / "clip", "clip"), precision="fp32")
    picture = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    found = encoder.encode(["a b", picture, Item("c", "a b"), Item("d", picture, "image")])
    assert not found.failed
    np.testing.assert_allclose(found.vectors[:2], found.vectors[2:], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    assert isinstance(encoder, Towers)
    with pytest.raises(InputError, match="gives no features"):
        load(write(tmp_path / "siglip", "siglip"), precision="fp32").outputs([picture], "features")  # type: ignore[attr-defined]


def test_images_in_their_own_proportions_are_the_same_in_any_batch(tmp_path: Path) -> None:
    encoder = load(write(tmp_path / "siglip2", "siglip2"), precision="fp32")
    together = encoder.encode(IMAGES)
    alone = np.concatenate([encoder.encode([one]).vectors for one in IMAGES])
    np.testing.assert_allclose(together.vectors, alone, atol=1e-5)
    assert encoder.encode([Item("a", Clip(np.stack(IMAGES[:1]), np.zeros(1)), "video")]).failed
    made = encoder.preparers["image"]
    assert len({made.prepare(one).shape for one in IMAGES}) == len(IMAGES)
    assert all(16 <= made.size(made.prepare(one), 0) <= 24 for one in IMAGES)


@pytest.mark.parametrize("prefix", ["backbone.", "module.", "encoder_q."])
def test_checkpoints_of_others_have_their_own_prefixes(prefix: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "resnet50", "resnet50")
    before = load(folder, precision="fp32").encode(IMAGES).vectors
    named = load_file(folder / "model.safetensors")
    save_file({prefix + name: tensor for name, tensor in named.items()}, folder / "model.safetensors")
    np.testing.assert_array_equal(load(folder, precision="fp32").encode(IMAGES).vectors, before)


@pytest.mark.parametrize(("smooth", "near"), [(False, 0.1), (True, 1e-5)])
def test_places_are_those_of_a_ramp_on_any_grid(smooth: bool, near: float) -> None:
    rows, columns = np.meshgrid(np.arange(9.0), np.arange(7.0), indexing="ij")
    table = np.stack([rows, columns], axis=-1).reshape(63, 2).astype(np.float32)
    assert placed(table, (9, 7), (9, 7), smooth) is table
    found = placed(table, (9, 7), (18, 14), smooth).reshape(18, 14, 2)
    inside = found[4:-4, 4:-4]  # but for the edges: exactly with a = -0.5, nearly with a = -0.75
    np.testing.assert_allclose(np.diff(inside[:, 0, 0]), 0.5, atol=near)
    np.testing.assert_allclose(np.diff(inside[0, :, 1]), 0.5, atol=near)
