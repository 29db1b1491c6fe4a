"""The cases of the golden towers of images and of words: small random networks as their makers save them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tests.tiny import SPECIALS, word_pieces

__all__ = ["CASES", "IMAGES", "LAYOUTS", "PIECES", "TEXTS", "Case", "folder", "write"]

LAYOUTS: Final = Path(__file__).with_name("seen.json")
"""What is saved for every case: config.json, preprocessor_config.json, and the names and shapes of tensors."""

PIECES: Final = {piece: i for i, piece in enumerate([*SPECIALS, *digits, *ascii_lowercase])}
TEXTS: Final = ("a", "a b c 1 2 3", "q w e r t y u i o p 4 5")
"""Every word is one token."""


def _image(seed: int, height: int, width: int) -> NDArray[np.uint8]:
    """Blocks of colour with some noise, so that a wrong filter or crop shows."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 220, (height // 9 + 1, width // 9 + 1, 3))
    whole = np.kron(blocks, np.ones((9, 9, 1)))[:height, :width]
    return (whole + rng.integers(0, 36, (height, width, 3))).astype(np.uint8)


IMAGES: Final = (_image(0, 70, 101), _image(1, 64, 41), _image(2, 32, 32))
"""What every network is shown: wide, tall, and no larger than it looks at."""

_SIZES: Final = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
_VIT: Final = {**_SIZES, "intermediate_size": 24, "image_size": 32, "patch_size": 8}
_SQUARE: Final = {"size": {"height": 32, "width": 32}}


@dataclass(frozen=True, slots=True)
class Case:
    """A network: the class that is saved, its config, the image processor and its settings."""

    architecture: str
    config: dict[str, Any]
    processor: str = "ViTImageProcessorPil"
    settings: dict[str, Any] = field(default_factory=lambda: dict(_SQUARE))


_CLIP: Final[dict[str, Any]] = {
    "processor": "CLIPImageProcessorPil",
    "settings": {"size": {"shortest_edge": 32}, "crop_size": 32},
}
_SIGLIP: Final[dict[str, Any]] = {"processor": "SiglipImageProcessorPil"}
_BIT: Final[dict[str, Any]] = {
    "processor": "BitImageProcessorPil",
    "settings": {"size": {"shortest_edge": 36}, "crop_size": {"height": 32, "width": 32}},
}
_TEXT: Final = {
    **_SIZES,
    "intermediate_size": 24,
    "vocab_size": len(PIECES),
    "max_position_embeddings": 24,
    "bos_token_id": 2,
    "eos_token_id": 3,
    "pad_token_id": 0,
}
_LARGER: Final = {**_SIZES, "image_size": 56, "patch_size": 8}
_THIRD: Final = {**_VIT, "num_register_tokens": 3}

_CONVNEXT: Final[dict[str, Any]] = {"depths": [1, 2, 1, 1], "hidden_sizes": [6, 8, 10, 12], "image_size": 64}
_RESNET: Final[dict[str, Any]] = {"embedding_size": 8, "hidden_sizes": [8, 12, 16, 24], "depths": [1, 2, 1, 1]}
_SWIN: Final[dict[str, Any]] = {
    "image_size": 32,
    "patch_size": 2,
    "embed_dim": 8,
    "depths": [2, 2, 2],
    "num_heads": [1, 2, 4],
    "window_size": 4,
}
_CROPPED: Final[dict[str, Any]] = {
    "processor": "ConvNextImageProcessorPil",
    "settings": {"size": {"shortest_edge": 64}, "crop_pct": 0.875},
}
_WARPED: Final[dict[str, Any]] = {
    "processor": "ConvNextImageProcessorPil",
    "settings": {"size": {"shortest_edge": 384}, "resample": 2},
}

CASES: Final[dict[str, Case]] = {
    "vit": Case("ViTModel", _VIT),
    "vit-classifier": Case("ViTForImageClassification", {**_VIT, "hidden_act": "gelu_new", "layer_norm_eps": 1e-6}),
    "vit_mae": Case("ViTMAEModel", {**_VIT, "mask_ratio": 0.0}),
    "dinov2": Case("Dinov2Model", _LARGER, **_BIT),
    "dinov2-giant": Case("Dinov2Model", {**_LARGER, "image_size": 32, "use_swiglu_ffn": True}, **_BIT),
    "dinov2_with_registers": Case("Dinov2WithRegistersModel", {**_LARGER, "num_register_tokens": 2}, **_BIT),
    "dinov3_vit": Case("DINOv3ViTModel", _THIRD, "real"),
    "dinov3_vit-gated": Case("DINOv3ViTModel", {**_THIRD, "use_gated_mlp": True, "hidden_act": "silu"}, "real"),
    "clip": Case("CLIPModel", {"text_config": _TEXT, "vision_config": _VIT, "projection_dim": 12}, **_CLIP),
    "metaclip_2": Case("MetaClip2Model", {"text_config": _TEXT, "vision_config": _VIT, "projection_dim": 12}, **_CLIP),
    "clip_vision_model": Case("CLIPVisionModelWithProjection", {**_VIT, "projection_dim": 12}, **_CLIP),
    "clip_vision_model-bare": Case("CLIPVisionModel", _VIT, **_CLIP),
    "siglip": Case("SiglipModel", {"text_config": _TEXT, "vision_config": _VIT}, **_SIGLIP),
    "siglip2": Case(
        "Siglip2Model",
        {"text_config": _TEXT, "vision_config": {**_VIT, "num_patches": 36}},
        "Siglip2ImageProcessorPil",
        {"patch_size": 8, "max_num_patches": 24},
    ),
    "siglip_vision_model": Case("SiglipVisionModel", _VIT, **_SIGLIP),
    "convnext": Case("ConvNextModel", _CONVNEXT, **_CROPPED),
    "convnext-classifier": Case("ConvNextForImageClassification", _CONVNEXT, **_WARPED),
    "convnextv2": Case("ConvNextV2Model", _CONVNEXT, **_CROPPED),
    "swin": Case("SwinModel", _SWIN),
    "resnet": Case("ResNetModel", _RESNET, **_CROPPED),
    "resnet-basic": Case("ResNetModel", {**_RESNET, "layer_type": "basic"}, **_CROPPED),
    "resnet50": Case("resnet50", {"architecture": "resnet50", "image_size": 64, "depths": [1, 2, 1, 1]}, "torchvision"),
    "resnet50-timm": Case(
        "resnet50",
        {
            "architecture": "resnet50",
            "depths": [1, 1, 1, 1],
            "pretrained_cfg": {
                "input_size": [3, 32, 32],
                "interpolation": "bicubic",
                "crop_pct": 0.95,
                "crop_mode": "center",
                "mean": [0.5, 0.4, 0.3],
                "std": [0.2, 0.25, 0.3],
            },
        },
        "torchvision",
    ),
    "vgg16": Case("vgg16", {"architecture": "vgg16", "widths": [4, 4, 8, 8, 8], "wide": 24}, "torchvision"),
}


def write(path: Path, name: str) -> Path:
    """The folder of a case, as a user has it."""
    return folder(path, json.loads(LAYOUTS.read_text())[name], crc32(name.encode()))


def folder(path: Path, layout: Mapping[str, Any], seed: int) -> Path:
    """A model folder with random tensors of these shapes."""
    path.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    (path / "config.json").write_text(json.dumps(layout["config"]))
    if layout.get("preprocessor"):
        (path / "preprocessor_config.json").write_text(json.dumps(layout["preprocessor"]))
    shapes: Mapping[str, list[int]] = layout["shapes"]
    save_file({name: _random(rng, name, shapes[name]) for name in sorted(shapes)}, path / "model.safetensors")
    if layout["config"].get("text_config"):
        word_pieces(PIECES, 64).save(str(path / "tokenizer.json"))
    return path


def _random(rng: np.random.Generator, name: str, shape: Iterable[int]) -> NDArray[Any]:
    sizes = tuple(shape)
    if name.endswith(("num_batches_tracked", "position_ids")):
        return np.zeros(sizes, dtype=np.int64)
    values = np.asarray(rng.standard_normal(sizes))
    if name.endswith("running_var"):
        return (0.5 + np.abs(values)).astype(np.float32)
    if len(sizes) < 2:
        middle = 0.0 if name.endswith(("bias", "running_mean")) else 1.0
        return np.asarray(middle + 0.2 * values, dtype=np.float32)
    if len(sizes) == 4 and max(sizes) == sizes[-1] and sizes[0] == sizes[1] == sizes[2] == 1:
        return values.astype(np.float32)
    table = "embedding" in name and name.endswith(("embeddings", "embedding.weight", "_token", "_tokens"))
    # wide enough that attention is far from even: a wrong place or order shows in the first digits
    return (values * (1.0 if table else 1.2 * float(np.prod(sizes[1:])) ** -0.5)).astype(np.float32)
