"""How a folder's makers prepare images: its preprocessor_config.json as a preparer of images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from likewise.encoders.senses._folder import settings
from likewise.modalities.image import ImagePreparer
from likewise.modalities.patches import PatchPreparer
from likewise.networks import Facts

__all__ = ["image"]

_FILTERS: Final = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""In the order of Pillow's numbers."""

_IMAGENET: Final = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
_HALF: Final = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
_CLIP: Final = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])

_SHORT: Final = {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}, "do_center_crop": True}
_SQUARE: Final = {"size": {"height": 224, "width": 224}, "do_center_crop": False}

_USUAL: Final[dict[str, dict[str, Any]]] = {
    "CLIPImageProcessor": {**_SHORT, "resample": 3, "image_mean": _CLIP[0], "image_std": _CLIP[1]},
    "BitImageProcessor": {**_SHORT, "resample": 3, "image_mean": _CLIP[0], "image_std": _CLIP[1]},
    "ViTImageProcessor": {**_SQUARE, "resample": 2, "image_mean": _HALF[0], "image_std": _HALF[1]},
    "SiglipImageProcessor": {**_SQUARE, "resample": 3, "image_mean": _HALF[0], "image_std": _HALF[1]},
    "DINOv3ViTImageProcessor": {**_SQUARE, "resample": 2, "image_mean": _IMAGENET[0], "image_std": _IMAGENET[1]},
    "DeiTImageProcessor": {
        **_SHORT,
        "size": {"height": 256, "width": 256},
        "resample": 3,
        "image_mean": _HALF[0],
        "image_std": _HALF[1],
    },
    "ConvNextImageProcessor": {
        "size": {"shortest_edge": 384},
        "do_center_crop": False,
        "resample": 3,
        "image_mean": _IMAGENET[0],
        "image_std": _IMAGENET[1],
    },
}
"""What the image processors of transformers do where the file does not say it."""

_FLEXIBLE: Final = "Siglip2ImageProcessor"

_OLDER: Final = {"FeatureExtractor": "ImageProcessor", "ImageProcessorFast": "ImageProcessor"}

_BY_MODEL: Final = {"clip": "CLIP", "convnext": "ConvNext", "convnextv2": "ConvNext", "resnet": "ConvNext"}
"""The processor of a model_type where an old file names none."""


def image(path: Path, config: Facts) -> ImagePreparer | PatchPreparer:
    """The preparer of a model folder with this config.json.

    Raises ModelError where preprocessor_config.json is missing or asks for what is not written here.
    """
    facts = settings(path, "image_processor", "preprocessor_config.json")
    kind = _kind(facts, config)
    if kind == _FLEXIBLE:
        return _flexible(facts, config)
    if kind not in _USUAL:
        raise facts.refused("image_processor_type", ", ".join([*_USUAL, _FLEXIBLE]))
    facts = Facts(facts.path, {**_USUAL[kind], **facts.given()})
    facts.only({"do_pad": False, "do_rescale": True})
    resize, crop = _sizes(facts, kind)
    mean, std = (_three(facts, name) for name in ("image_mean", "image_std"))
    centred = facts.flag("do_normalize", True)
    return ImagePreparer(
        resize,
        crop,
        _filter(facts),
        facts.number("rescale_factor", 1 / 255),
        mean if centred else (0.0, 0.0, 0.0),
        std if centred else (1.0, 1.0, 1.0),
        real=kind == "DINOv3ViTImageProcessor",
    )


def _flexible(facts: Facts, config: Facts) -> PatchPreparer:
    facts = facts.besides({"resample": 2, "image_mean": _HALF[0], "image_std": _HALF[1]})
    facts.only({"do_resize": True, "do_rescale": True, "do_normalize": True})
    vision = config.inside("vision_config") if "vision_config" in config else config
    return PatchPreparer(
        facts.integer("patch_size", 16),
        facts.integer("max_num_patches", 256),
        round(vision.integer("num_patches", 256) ** 0.5),
        _filter(facts),
        facts.number("rescale_factor", 1 / 255),
        _three(facts, "image_mean"),
        _three(facts, "image_std"),
    )


def _kind(facts: Facts, config: Facts) -> str:
    kind = facts.text("image_processor_type", facts.text("feature_extractor_type", ""))
    kind = kind or _BY_MODEL.get(config.text("model_type", ""), "ViT") + "ImageProcessor"
    for old, new in _OLDER.items():
        kind = kind.removesuffix(old) + new if kind.endswith(old) else kind
    return kind.removesuffix("Pil")


def _sizes(facts: Facts, kind: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What is resized to, and what is cropped of that."""
    resize = _size(facts, "size", square=kind not in ("CLIPImageProcessor", "BitImageProcessor"))
    crop = _size(facts, "crop_size", square=True) if facts.flag("do_center_crop", False) else ()
    if not facts.flag("do_resize", True):
        return (), crop
    if kind != "ConvNextImageProcessor":
        return resize, crop
    edge = resize[0]
    if edge >= 384:
        return (edge, edge), crop
    return (int(edge / facts.number("crop_pct", 224 / 256)),), (edge, edge)


def _size(facts: Facts, name: str, square: bool) -> tuple[int, ...]:
    """(height, width), or (shorter edge,); a plain number is the one or the other."""
    values = facts.given().get(name)
    if isinstance(values, int) and not isinstance(values, bool) and values > 0:
        return (values, values) if square else (values,)
    if isinstance(values, Mapping):
        inside = facts.inside(name)
        if "height" in inside and "width" in inside:
            return inside.integer("height"), inside.integer("width")
        if "shortest_edge" in inside and "longest_edge" not in inside:
            return (inside.integer("shortest_edge"),)
    raise facts.refused(name, "a height and a width, or a shortest_edge,")


def _filter(facts: Facts) -> str:
    number = facts.integer("resample", least=0)
    if number >= len(_FILTERS):
        raise facts.wrong("resample", f"0 to {len(_FILTERS) - 1}")
    return _FILTERS[number]


def _three(facts: Facts, name: str) -> tuple[float, float, float]:
    values = facts.listed(name)
    if len(values) != 3 or not all(isinstance(value, int | float) for value in values):
        raise facts.wrong(name, "three numbers")
    return float(values[0]), float(values[1]), float(values[2])
