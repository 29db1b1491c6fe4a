"""The cases of networks that bind many senses: small random checkpoints under the official names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from likewise.types import Clip, Motion, Sound

__all__ = ["CASES", "LAYOUTS", "PICTURED", "TEXTS", "contents", "write"]

LAYOUTS: Final = Path(__file__).with_name("bound.json")
"""config.json and the names and shapes of tensors of every case."""

_WORDS: Final = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "vocab_size": 60,
    "max_position_embeddings": 20,
    "hidden_act": "gelu",
    "projection_dim": 12,
    "bos_token_id": 57,
    "eos_token_id": 59,
    "pad_token_id": 1,
}
_SEEN: Final = {
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "image_size": 32,
    "patch_size": 8,
    "hidden_act": "gelu",
    "projection_dim": 12,
    "lora_r": 0,
    "lora_alpha": 16,
    "num_frames": 1,
    "add_time_attn": False,
}
_LANGUAGE: Final = {"projection_dim": 12, "text_config": _WORDS}

CASES: Final[dict[str, dict[str, Any]]] = {
    "imagebind": {
        "model_type": "imagebind",
        "projection_dim": 12,
        "image_size": 32,
        "patch_size": 8,
        "vocab_size": 60,
        "max_position_embeddings": 20,
        "audio_frames": 46,
        "audio_bands": 36,
        "imu_samples": 48,
        "vision": {"width": 24, "layers": 2, "heads": 3},
        "text": {"width": 16, "layers": 2, "heads": 2},
        "audio": {"width": 24, "layers": 2, "heads": 4},
        "depth": {"width": 16, "layers": 2, "heads": 2},
        "thermal": {"width": 12, "layers": 1, "heads": 2},
        "imu": {"width": 16, "layers": 2, "heads": 4},
    },
    "languagebind-image": _LANGUAGE | {"model_type": "LanguageBindImage", "vision_config": _SEEN | {"lora_r": 2}},
    "languagebind-video": _LANGUAGE
    | {"model_type": "LanguageBindVideo", "vision_config": _SEEN | {"num_frames": 3, "add_time_attn": True}},
    "languagebind-video-branches": _LANGUAGE
    | {"model_type": "LanguageBindVideo"}
    | {"vision_config": _SEEN | {"num_frames": 4, "add_time_attn": True, "lora_r": 3}, "base_layer": True},
    "languagebind-audio": _LANGUAGE
    | {"model_type": "LanguageBindAudio"}
    | {
        "vision_config": _SEEN
        | {"lora_r": 2, "num_mel_bins": 16, "target_length": 40, "audio_mean": -4.2677393, "audio_std": 4.5689974}
    },
    "languagebind-depth": _LANGUAGE
    | {"model_type": "LanguageBindDepth", "vision_config": _SEEN | {"max_depth": 10, "lora_r": 2}, "base_layer": True},
    "languagebind-thermal": _LANGUAGE | {"model_type": "LanguageBindThermal", "vision_config": _SEEN | {"lora_r": 2}},
}

PICTURED: Final = ("image", "depth", "thermal")
"""Senses whose contents as LanguageBind's makers prepare them are kept."""

TEXTS: Final = ([57, 4, 5, 6, 59], [57, 9, 59], [57, 3, 58, 3, 8, 30, 31, 32, 33, 59])
"""Token ids; the last one is the end, and the greatest there is."""


def _smooth(seed: int, *shape: int) -> NDArray[np.float64]:
    """Waves and a little noise from 0 to 1."""
    rng = np.random.default_rng(seed)
    ways = np.meshgrid(*(np.arange(size) for size in shape), indexing="ij")
    waves = sum(np.sin(way * rng.uniform(0.1, 0.8) + rng.uniform(0, 6)) for way in ways)
    found: NDArray[np.float64] = np.clip(0.5 + 0.12 * waves + 0.03 * rng.standard_normal(shape), 0, 1)
    return found


def contents() -> dict[str, list[Any]]:
    """Two contents of every kind but text, of several sizes."""
    rng = np.random.default_rng(3)
    times = np.arange(48_000) / 16_000
    tone = (0.2 * np.sin(2 * np.pi * (300 + 900 * times) * times) + 0.02 * rng.standard_normal(48_000)).astype(
        np.float32
    )
    frames = (255 * _smooth(1, 14, 40, 50, 3)).astype(np.uint8)
    return {
        "image": [(255 * _smooth(i, 40 + 9 * i, 52 - 8 * i, 3)).astype(np.uint8) for i in range(2)],
        "video": [Clip(frames, np.arange(14) / 7), Clip(frames[3:7, :33], np.arange(4) / 7)],
        "audio": [Sound(tone, 16_000), Sound(tone[5000:7000], 16_000)],
        "depth": [(8 * _smooth(7 + i, 40, 50 + i) - 0.5).clip(0).astype(np.float32) for i in range(2)],
        "thermal": [(200 * _smooth(9, 36, 48)).astype(np.float32), (20_000 * _smooth(11, 33, 33)).astype(np.float32)],
        "motion": [Motion((_smooth(12 + i, 70 - 50 * i, 6) - 0.5).astype(np.float32), 200.0) for i in range(2)],
    }


def write(path: Path, name: str) -> Path:
    """The folder of a case, as a user has it."""
    layout = json.loads(LAYOUTS.read_text())[name]
    path.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(sorted(CASES).index(name))
    (path / "config.json").write_text(json.dumps(layout["config"]))
    shapes: dict[str, list[int]] = layout["shapes"]
    save_file({tensor: _random(rng, tensor, shapes[tensor]) for tensor in sorted(shapes)}, path / "model.safetensors")
    return path


def _random(rng: np.random.Generator, name: str, shape: list[int]) -> NDArray[np.float32]:
    values = np.asarray(rng.standard_normal(shape))
    if len(shape) < 2:
        return np.asarray((0.0 if name.endswith("bias") else 1.0) + 0.2 * values, np.float32)
    table = any(part in name for part in ("pos_embed", "position_embedding", "token", "temporal_embedding", "bias_"))
    # wide enough that attention is far from even: a wrong place or scale shows in the first digits
    return (values * (0.7 if table else 1.2 * float(np.prod(shape[1:])) ** -0.5)).astype(np.float32)
