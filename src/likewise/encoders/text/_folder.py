"""A text model's folder, in the layout of sentence-transformers or of transformers alone: what it says, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast, get_args

from likewise.errors import ModelError
from likewise.networks import ACTIVATIONS, Facts
from likewise.networks._steps import Dense, LayerNorm, Normalize, Pooling, Step, Way
from likewise.saving import read_settings, tensors

__all__ = ["Folder", "Settings", "inside", "modules", "optional", "read", "settings", "step"]

_WAYS: Final[dict[str, Way]] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""In the order in which sentence-transformers joins them."""

_ACTIVATIONS: Final = {
    "torch.nn.modules.linear.Identity": "identity",
    "torch.nn.modules.activation.Tanh": "tanh",
    "torch.nn.modules.activation.ReLU": "relu",
    "torch.nn.modules.activation.GELU": "gelu",
    "torch.nn.modules.activation.SiLU": "silu",
    "torch.nn.modules.activation.Sigmoid": "sigmoid",
}
_PLAIN: Final = "sentence_transformers."


@dataclass(frozen=True, slots=True)
class Settings:
    """A folder of transformers: the network's config, and how texts become tokens."""

    path: Path
    facts: Facts
    kind: str
    max_length: int | None
    lowercase: bool
    added: tuple[str, str] = ("", "")
    """Special tokens that a tokenizer's own code puts around a text; empty where tokenizer.json says it all."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What a model folder says; `max_length` counts tokens with the special ones, None where it says nothing.

    `pooling` is None for a plain transformers folder; `counted` tells whether the tokens of a prompt are pooled too.
    """

    path: Path
    settings: Settings
    pooling: Pooling | None
    counted: bool
    steps: tuple[Step, ...]
    prompts: Mapping[str, str]
    files: tuple[Path, ...]
    """Weights beside those of the network."""


def read(path: Path) -> Folder:
    """Read a folder. Raises ModelError that says what is missing or not supported."""
    prompts = optional(path / "config_sentence_transformers.json").get("prompts") or {}
    named = {str(role): str(prefix) for role, prefix in prompts.items() if prefix is not None}
    if not (path / "modules.json").exists():
        return Folder(path, settings(path), None, True, (), named, ())
    listed = modules(path)
    kinds = [kind for kind, _ in listed]
    if kinds[:1] != ["Transformer"] or "Pooling" not in kinds or kinds.index("Pooling") != 1:
        raise ModelError(f"{path}: modules {kinds} cannot be run: wanted Transformer and Pooling first")
    wheres = [where for _, where in listed]
    ways, counted = _pooling(wheres[1])
    steps = tuple(step(kind, where) for kind, where in listed[2:])
    files = tuple(where / "model.safetensors" for kind, where in listed[2:] if kind in ("Dense", "LayerNorm"))
    return Folder(path, settings(wheres[0]), ways, counted, steps, named, files)


def settings(path: Path) -> Settings:
    """Read the folder of a network alone."""
    config = read_settings(path / "config.json")
    sentence = optional(path / "sentence_bert_config.json")
    tokenizer = optional(path / "tokenizer_config.json")
    lengths = [sentence.get("max_seq_length"), tokenizer.get("model_max_length")]
    known = [int(n) for n in lengths if isinstance(n, int | float) and 0 < n < 1 << 30]
    facts = Facts(path / "config.json", config)
    lowercase = bool(sentence.get("do_lower_case", False))
    added = _added(tokenizer, "bos"), _added(tokenizer, "eos")
    return Settings(path, facts, _kind(facts), known[0] if known else None, lowercase, added)


def _added(tokenizer: Mapping[str, Any], name: str) -> str:
    """The token of that name, where code that comes with the model would add it (GTE-Qwen2); else empty.

    Without such code tokenizer.json alone counts, as in transformers 5.
    """
    if "auto_map" not in tokenizer or tokenizer.get(f"add_{name}_token") is not True:
        return ""
    token = tokenizer.get(f"{name}_token")
    content = token.get("content") if isinstance(token, Mapping) else token
    return content if isinstance(content, str) else ""


def _kind(facts: Facts) -> str:
    """The architecture, after which a leaf of `networks` is named."""
    kind = facts.text("model_type", "")
    if not kind:
        raise ModelError(f"{facts.path} names no model_type: it is no folder of transformers. Fetch the model again")
    return kind.replace("-", "_").lower()


def optional(path: Path) -> dict[str, Any]:
    """The settings in a file; none where it is not there."""
    return read_settings(path) if path.exists() else {}


def modules(path: Path, *known: str) -> list[tuple[str, Path]]:
    """The kind and the folder of every module, in order; those of `known` packages too are understood here."""
    file = path / "modules.json"
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
        steps = [(str(module["type"]), str(module["path"])) for module in listed]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{file} cannot be read: {error}. Fetch the model again") from error
    for kind, _ in steps:
        if not kind.startswith((_PLAIN, *known)):
            raise ModelError(f"{file} asks for {kind}, code that comes with the model: such code is never run here")
    return [(kind.rsplit(".", 1)[-1], inside(path, where)) for kind, where in steps]


def inside(path: Path, where: str) -> Path:
    """A folder in a model's folder. Raises ModelError where it lies outside."""
    found = path / where if where else path
    if not found.resolve().is_relative_to(path.resolve()):
        raise ModelError(f"{path / 'modules.json'} points to {where!r} outside of its folder: do not trust this model")
    return found


def _pooling(path: Path) -> tuple[Pooling, bool]:
    config = read_settings(path / "config.json")
    chosen = [way for key, way in _WAYS.items() if config.get(key)]
    named = config.get("pooling_mode")
    if named is not None:
        chosen = [cast("Way", way) for way in ([named] if isinstance(named, str) else named)]
    if not chosen or not set(chosen) <= set(get_args(Way)):
        raise ModelError(f"{path}: pooling {named or chosen} cannot be run: there are {', '.join(get_args(Way))}")
    counted = bool(config.get("include_prompt", True))
    return Pooling(tuple(chosen), counted), counted


def step(kind: str, path: Path) -> Step:
    """A module that follows the pooling. Raises ModelError for one that cannot be run."""
    if kind == "Normalize":
        return Normalize()
    if kind not in ("Dense", "LayerNorm"):
        raise ModelError(f"{path}: a module {kind} after Pooling cannot be run: there are Dense, LayerNorm, Normalize")
    weights = tensors(path / "model.safetensors")
    if kind == "LayerNorm":
        return LayerNorm(_one(path, weights, "norm.weight"), _one(path, weights, "norm.bias"))
    function = str(read_settings(path / "config.json").get("activation_function", "torch.nn.modules.activation.Tanh"))
    activation = _ACTIVATIONS.get(function)
    if activation is None or activation not in (*ACTIVATIONS, "identity"):
        raise ModelError(f"{path}: activation {function!r} cannot be run: there are {', '.join(_ACTIVATIONS)}")
    return Dense(_one(path, weights, "linear.weight"), weights.get("linear.bias"), activation)


def _one(path: Path, weights: Mapping[str, Any], name: str) -> Any:
    if name not in weights:
        raise ModelError(f"{path / 'model.safetensors'} lacks the tensor {name}. Fetch the model again")
    return weights[name]


def chain_fits(dim: int, pooling: Pooling, steps: Sequence[Step], path: Path) -> int:
    """Dimensions that come out after every step; ModelError where one does not fit the one before."""
    out = dim * len(pooling.ways)
    for layer in steps:
        if isinstance(layer, Dense):
            if layer.weight.shape[1] != out:
                raise ModelError(f"{path}: a dense layer takes {layer.weight.shape[1]} dimensions and is given {out}")
            out = int(layer.weight.shape[0])
    return out
