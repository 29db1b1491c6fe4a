"""The cases of decoders that read images among words, as transformers saves them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

__all__ = ["CASES", "LAYOUTS", "TEXTS", "images", "words", "write"]

LAYOUTS: Final = Path(__file__).with_name("read.json")
"""config.json and the names and shapes of tensors of every case."""

_TEXT: Final = {
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "vocab_size": 80,
    "max_position_embeddings": 200,
}
_IDS: Final = {"image_token_id": 70, "vision_start_token_id": 71, "vision_end_token_id": 72, "video_token_id": 73}
_SEEN: Final = {"depth": 2, "num_heads": 2, "patch_size": 4, "spatial_merge_size": 2, "temporal_patch_size": 2}
_QWEN2: Final = {
    **_IDS,
    "text_config": _TEXT
    | {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 2, 2], "rope_theta": 1000.0}},
    "vision_config": _SEEN | {"embed_dim": 32, "mlp_ratio": 2, "hidden_size": 24, "in_channels": 3},
}
_QWEN3: Final = {
    **_IDS,
    "text_config": _TEXT
    | {"head_dim": 12}
    | {
        "rope_parameters": {
            "rope_type": "default",
            "mrope_section": [2, 2, 2],
            "mrope_interleaved": True,
            "rope_theta": 1000.0,
        }
    },
    "vision_config": _SEEN
    | {"depth": 3, "hidden_size": 32, "intermediate_size": 40, "out_hidden_size": 24, "in_channels": 3}
    | {"num_position_embeddings": 16, "deepstack_visual_indexes": [0, 2]},
}

CASES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "qwen2_vl": ("Qwen2VLForConditionalGeneration", _QWEN2),
    "qwen2_vl-gme": ("Qwen2VLForConditionalGeneration", _QWEN2),
    "colqwen2": ("ColQwen2ForRetrieval", {"vlm_config": _QWEN2 | {"model_type": "qwen2_vl"}, "embedding_dim": 12}),
    "qwen3_vl": ("Qwen3VLForConditionalGeneration", _QWEN3),
}

PROCESSOR: Final = {
    "patch_size": 4,
    "merge_size": 2,
    "temporal_patch_size": 2,
    "min_pixels": 256,
    "max_pixels": 1024,
    "image_mean": [0.4, 0.5, 0.6],
    "image_std": [0.2, 0.3, 0.25],
}
"""preprocessor_config.json of every case."""

TEXTS: Final = ([11, 12, 13], [30], [40, 41, 42, 43, 44, 45, 46])


def words(text: str) -> Sequence[int]:
    """Stands for a tokenizer: what begins a message, and what ends it."""
    return () if not text else (5, 6, 7, 8) if "user" in text else (9, 10)


def images() -> list[NDArray[np.uint8]]:
    """Four images: to be shrunk, to be grown, wide, and as it should be."""
    rng = np.random.default_rng(5)
    made = []
    for height, width in ((60, 47), (9, 14), (18, 61), (24, 16)):
        ways = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
        waves = sum(np.sin(way * rng.uniform(0.1, 0.6) + rng.uniform(0, 6)) for way in ways)
        made.append(np.clip(128 + 36 * waves + rng.normal(0, 8, waves.shape), 0, 255).astype(np.uint8))
    return made


def write(path: Path, name: str) -> Path:
    """The folder of a case, as a user has it."""
    layout = json.loads(LAYOUTS.read_text())[name]
    path.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(sorted(CASES).index(name))
    (path / "config.json").write_text(json.dumps(layout["config"]))
    (path / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    shapes: dict[str, list[int]] = layout["shapes"]
    save_file({tensor: _random(rng, tensor, shapes[tensor]) for tensor in sorted(shapes)}, path / "model.safetensors")
    return path


def _random(rng: np.random.Generator, name: str, shape: list[int]) -> NDArray[np.float32]:
    values = np.asarray(rng.standard_normal(shape))
    if len(shape) < 2:
        return np.asarray((0.0 if name.endswith("bias") else 1.0) + 0.2 * values, np.float32)
    table = "embed_tokens" in name or "pos_embed" in name
    # wide enough that attention is far from even: a wrong place or scale shows in the first digits
    return (values * (0.7 if table else 1.2 * float(np.prod(shape[1:])) ** -0.5)).astype(np.float32)
