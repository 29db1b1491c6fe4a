"""The cases of the golden rotary angles: what a config.json may say of them."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["CASES", "CONFIG", "WIDTH"]

WIDTH: Final = 8
CONFIG: Final[dict[str, Any]] = {
    "hidden_size": 32,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
    "rope_theta": 50000.0,
}
_YARN: Final[dict[str, Any]] = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
_LLAMA3: Final[dict[str, Any]] = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}

CASES: Final[dict[str, dict[str, Any]]] = {
    "default": {"rope_type": "default"},
    "theta": {"rope_type": "default", "rope_theta": 700.0},
    "linear": {"type": "linear", "factor": 4.0},
    "dynamic": {"rope_type": "dynamic", "factor": 4.0},
    "yarn": _YARN,
    "yarn_set": {**_YARN, "truncate": False, "mscale": 1.0, "mscale_all_dim": 0.5, "beta_fast": 16.0},
    "yarn_loud": {**_YARN, "attention_factor": 0.75},
    "llama3": {**_LLAMA3, "original_max_position_embeddings": 16},
}
