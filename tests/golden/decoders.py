"""The cases of the golden decoders: small random networks in the layouts of transformers, and what they are asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

__all__ = ["CASES", "DIM", "IDS", "Case", "write"]

Shapes = dict[str, tuple[int, ...]]

VOCABULARY: Final = 61
DIM: Final = 24
LENGTHS: Final = (1, 5, 12, 9)
IDS: Final = tuple(tuple(int(i) for i in np.random.default_rng(n).integers(0, VOCABULARY, n)) for n in LENGTHS)
"""Token ids of the texts that every network is asked."""


@dataclass(frozen=True, slots=True)
class Case:
    """A network: its config.json, the shapes of its tensors and a seed."""

    config: dict[str, Any]
    shapes: Callable[[dict[str, Any]], Shapes]
    seed: int = 0
    bidirectional: bool = field(default=False)
    """Whether the reference must be told so by its attention mask: the code of such models is not transformers'."""


def _gpt2(config: dict[str, Any]) -> Shapes:
    dim = config["n_embd"]
    wide = config.get("n_inner") or 4 * dim
    shapes: Shapes = {"wte.weight": (config["vocab_size"], dim), "wpe.weight": (config["n_positions"], dim)}
    for i in range(config["n_layer"]):
        linear = {"attn.c_attn": (dim, 3 * dim), "attn.c_proj": (dim, dim), "mlp.c_fc": (dim, wide)}
        for name, (into, out) in {**linear, "mlp.c_proj": (wide, dim)}.items():
            shapes |= {f"h.{i}.{name}.weight": (into, out), f"h.{i}.{name}.bias": (out,)}
        for name in ("ln_1", "ln_2"):
            shapes |= {f"h.{i}.{name}.weight": (dim,), f"h.{i}.{name}.bias": (dim,)}
    return shapes | {"ln_f.weight": (dim,), "ln_f.bias": (dim,)}


def _llama(config: dict[str, Any]) -> Shapes:
    """The layout of Llama and of its relatives."""
    dim, wide, kind = config["hidden_size"], config["intermediate_size"], config["model_type"]
    heads, groups = config["num_attention_heads"], config.get("num_key_value_heads") or config["num_attention_heads"]
    width = config.get("head_dim") or dim // heads
    biased = set("qkvo") if config.get("attention_bias") else set("qkv") if kind == "qwen2" else set()
    shapes: Shapes = {"embed_tokens.weight": (config["vocab_size"], dim), "norm.weight": (dim,)}
    norms = ["input_layernorm", "post_attention_layernorm"]
    if kind == "gemma3_text":
        norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
    for i in range(config["num_hidden_layers"]):
        layer = f"layers.{i}"
        outs = {"q": (heads * width, dim), "k": (groups * width, dim), "v": (groups * width, dim)}
        for part, shape in {**outs, "o": (dim, heads * width)}.items():
            shapes[f"{layer}.self_attn.{part}_proj.weight"] = shape
            if part in biased:
                shapes[f"{layer}.self_attn.{part}_proj.bias"] = shape[:1]
        if kind in ("qwen3", "gemma3_text"):
            shapes |= {f"{layer}.self_attn.{part}_norm.weight": (width,) for part in "qk"}
        for part, shape in {"gate": (wide, dim), "up": (wide, dim), "down": (dim, wide)}.items():
            shapes[f"{layer}.mlp.{part}_proj.weight"] = shape
            if config.get("mlp_bias"):
                shapes[f"{layer}.mlp.{part}_proj.bias"] = shape[:1]
        shapes |= {f"{layer}.{name}.weight": (dim,) for name in norms}
    return shapes


_GPT2: Final = {
    "model_type": "gpt2",
    "n_embd": DIM,
    "n_head": 4,
    "n_layer": 3,
    "n_positions": 32,
    "vocab_size": VOCABULARY,
}
_LLAMA: Final = {
    "model_type": "llama",
    "hidden_size": DIM,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_act": "silu",
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "vocab_size": VOCABULARY,
}


def _like(base: dict[str, Any], **more: Any) -> dict[str, Any]:
    return base | more


_GEMMA: Final = _LLAMA | {
    "model_type": "gemma3_text",
    "num_hidden_layers": 4,
    "head_dim": 8,
    "hidden_activation": "gelu_pytorch_tanh",
    "query_pre_attn_scalar": 10,
    "rope_theta": 1000000.0,
    "rope_local_base_freq": 10000.0,
    "sliding_window": 6,
}
_LLAMA3: Final = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
_FULL: Final = "full_attention"
_SLIDING: Final = "sliding_attention"
_TYPES: Final = [_SLIDING, _FULL, _SLIDING, _FULL]
_ROPES: Final = {
    _FULL: {"rope_type": "linear", "factor": 8.0, "rope_theta": 50000.0},
    _SLIDING: {"rope_type": "default", "rope_theta": 500.0},
}


CASES: Final[dict[str, Case]] = {
    "gpt2": Case(_GPT2, _gpt2),
    "gpt2-narrow": Case(
        _like(_GPT2, n_inner=30, activation_function="relu", scale_attn_by_inverse_layer_idx=True), _gpt2, seed=1
    ),
    "llama": Case(_LLAMA, _llama, seed=2),
    "llama-biased": Case(
        _like(_LLAMA, attention_bias=True, mlp_bias=True, num_key_value_heads=4, hidden_act="gelu"), _llama, seed=3
    ),
    "llama-scaled": Case(_like(_LLAMA, rope_theta=500.0, rope_scaling=_LLAMA3, head_dim=10), _llama, seed=4),
    "mistral": Case(_like(_LLAMA, model_type="mistral", sliding_window=None), _llama, seed=5),
    "mistral-window": Case(
        _like(_LLAMA, model_type="mistral", sliding_window=4, num_key_value_heads=1), _llama, seed=6
    ),
    "qwen2": Case(_like(_LLAMA, model_type="qwen2", rope_theta=1000000.0), _llama, seed=7),
    "qwen2-window": Case(
        _like(_LLAMA, model_type="qwen2", use_sliding_window=True, sliding_window=3, max_window_layers=1),
        _llama,
        seed=8,
    ),
    "qwen2-both-ways": Case(_like(_LLAMA, model_type="qwen2", is_causal=False), _llama, seed=9, bidirectional=True),
    "qwen3": Case(_like(_LLAMA, model_type="qwen3", head_dim=10), _llama, seed=10),
    "qwen3-window": Case(
        _like(
            _LLAMA,
            model_type="qwen3",
            head_dim=8,
            attention_bias=True,
            use_sliding_window=True,
            sliding_window=4,
            layer_types=_TYPES[:3],
            rope_parameters={"rope_type": "default", "rope_theta": 300.0},
        ),
        _llama,
        seed=11,
    ),
    "gemma3_text": Case(_like(_GEMMA, use_bidirectional_attention=True, sliding_window_pattern=3), _llama, seed=12),
    "gemma3_text-causal": Case(_like(_GEMMA, layer_types=_TYPES), _llama, seed=13),
    "gemma3_text-5": Case(
        _like(_GEMMA, use_bidirectional_attention=True, layer_types=_TYPES, rope_parameters=_ROPES), _llama, seed=14
    ),
}


def write(path: Path, case: Case) -> Path:
    """The folder of a case: config.json and model.safetensors."""
    path.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(case.seed)
    (path / "config.json").write_text(json.dumps(case.config))
    save_file({name: _random(rng, name, shape, case) for name, shape in case.shapes(case.config).items()}, _file(path))
    return path


def _file(path: Path) -> Path:
    return path / "model.safetensors"


def _random(rng: np.random.Generator, name: str, shape: tuple[int, ...], case: Case) -> NDArray[np.float32]:
    values = rng.standard_normal(shape)
    if len(shape) > 1:
        # so wide that attention is far from even: a wrong mask or angle shows in the first digits
        return (values * (1.0 if "embed" in name or name.startswith("w") else 1.2 * shape[-1] ** -0.5)).astype("f4")
    around = 1.0 if "norm" in name or "ln_" in name else 0.0
    if name.endswith(".bias") or case.config["model_type"] == "gemma3_text":  # Gemma keeps weight - 1
        around = 0.0
    return (around + 0.2 * values).astype("f4")
