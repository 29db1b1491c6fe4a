"""A model folder in the sentence-transformers layout: what it says, checked, and its weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast, get_args

from likewise.errors import ModelError
from likewise.runtimes import Dense, Network, Pooling
from likewise.saving import tensors
from likewise.types import Vectors

__all__ = ["Folder", "read"]

_POOLING: Final[dict[str, Pooling]] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len",
}
_ACTIVATION: Final = {"torch.nn.modules.activation.Tanh": "tanh", "torch.nn.modules.linear.Identity": "identity"}


@dataclass(frozen=True, slots=True)
class Folder:
    """What a model folder says; `max_length` counts tokens with the special ones."""

    path: Path
    network: Network
    max_length: int
    lowercase: bool
    prompts: Mapping[str, str]


def read(path: Path) -> Folder:
    """Read a folder of a BERT text encoder. Raises ModelError that says what is missing or not supported."""
    config = _json(path / "config.json")
    kind = config.get("model_type")
    if kind != "bert" or config.get("position_embedding_type", "absolute") != "absolute":
        raise ModelError(f"{path}: model_type {kind!r} cannot be run yet: likewise runs BERT with absolute positions")
    pooling, dense, normalize = _modules(path)
    settings = _optional(path / "sentence_bert_config.json")
    tokenizer = _optional(path / "tokenizer_config.json")
    facts = _facts(path / "config.json", config)
    wanted = settings.get("max_seq_length") or tokenizer.get("model_max_length") or facts.positions
    network = Network(
        layers=facts.layers,
        heads=facts.heads,
        dim=facts.dim,
        positions=facts.positions,
        epsilon=float(config.get("layer_norm_eps", 1e-12)),
        activation=str(config.get("hidden_act", "gelu")),
        pooling=pooling,
        normalize=normalize,
        weights=_bert(path / "model.safetensors", facts),
        dense=dense,
    )
    prompts = _optional(path / "config_sentence_transformers.json").get("prompts") or {}
    return Folder(
        path,
        network,
        max_length=min(int(wanted), facts.positions),
        lowercase=bool(settings.get("do_lower_case", False)),
        prompts={str(role): str(prefix) for role, prefix in prompts.items()},
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """The sizes that `config.json` gives."""

    layers: int
    heads: int
    dim: int
    wide: int
    positions: int
    vocabulary: int
    types: int

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor of a BERT encoder and its shape."""
        dim, wide = self.dim, self.wide
        tables = (("word", self.vocabulary), ("position", self.positions), ("token_type", self.types))
        found: dict[str, tuple[int, ...]] = {f"embeddings.{name}_embeddings.weight": (n, dim) for name, n in tables}
        blocks = {f"attention.self.{name}": (dim, dim) for name in ("query", "key", "value")}
        blocks |= {"attention.output.dense": (dim, dim), "intermediate.dense": (wide, dim), "output.dense": (dim, wide)}
        norms = ["embeddings.LayerNorm"]
        for layer in (f"encoder.layer.{i}" for i in range(self.layers)):
            for name, shape in blocks.items():
                found |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[:1]}
            norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        return found | {f"{name}.{part}": (dim,) for name in norms for part in ("weight", "bias")}


def _facts(path: Path, config: Mapping[str, Any]) -> _Facts:
    try:
        facts = _Facts(
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            dim=int(config["hidden_size"]),
            wide=int(config["intermediate_size"]),
            positions=int(config["max_position_embeddings"]),
            vocabulary=int(config["vocab_size"]),
            types=int(config.get("type_vocab_size", 2)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} lacks a size or gives one that is no number: {error}. Fetch it again") from error
    if min(facts.layers, facts.heads, facts.dim, facts.positions, facts.types) < 1 or facts.dim % facts.heads:
        raise ModelError(f"{path}: {facts.dim} dimensions cannot be shared by {facts.heads} attention heads")
    return facts


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}. Fetch the model again") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} holds a {type(value).__name__}, wanted an object. Fetch the model again")
    return value


def _optional(path: Path) -> dict[str, Any]:
    return _json(path) if path.exists() else {}


def _modules(path: Path) -> tuple[Pooling, tuple[Dense, ...], bool]:
    """Pooling, dense layers and whether vectors are normalised; without modules.json the mean, as it is."""
    if not (path / "modules.json").exists():
        return "mean", (), False
    try:
        listed = json.loads((path / "modules.json").read_text(encoding="utf-8"))
        steps = [(str(step["type"]).rsplit(".", 1)[-1], str(step["path"])) for step in listed]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path / 'modules.json'} cannot be read: {error}. Fetch the model again") from error
    kinds = [kind for kind, _ in steps]
    if kinds[:2] != ["Transformer", "Pooling"] or not set(kinds[2:]) <= {"Dense", "Normalize"}:
        raise ModelError(f"{path}: modules {kinds} cannot be run: wanted Transformer, Pooling, then Dense or Normalize")
    normalize = "Normalize" in kinds
    if normalize and kinds.index("Normalize") != len(kinds) - 1:
        raise ModelError(f"{path}: modules {kinds} cannot be run: Normalize must come last")
    dense = tuple(_dense(_inside(path, where)) for kind, where in steps[2:] if kind == "Dense")
    return _pooling(_inside(path, steps[1][1])), dense, normalize


def _inside(path: Path, where: str) -> Path:
    found = (path / where).resolve()
    if not found.is_relative_to(path.resolve()):
        raise ModelError(f"{path / 'modules.json'} points to {where!r} outside of its folder: do not trust this model")
    return found


def _pooling(path: Path) -> Pooling:
    config = _json(path / "config.json")
    chosen = [way for key, way in _POOLING.items() if config.get(key)]
    named = config.get("pooling_mode")
    if isinstance(named, str):
        chosen = [cast("Pooling", named)]
    if len(chosen) != 1 or chosen[0] not in get_args(Pooling):
        raise ModelError(f"{path}: pooling {named or chosen} cannot be run: one of {', '.join(get_args(Pooling))}")
    return chosen[0]


def _dense(path: Path) -> Dense:
    config = _json(path / "config.json")
    activation = _ACTIVATION.get(str(config.get("activation_function")))
    if activation is None:
        raise ModelError(f"{path}: activation {config.get('activation_function')!r} cannot be run: Tanh or Identity")
    weights = tensors(path / "model.safetensors")
    return Dense(weights["linear.weight"], weights.get("linear.bias"), cast("Any", activation))


def _bert(path: Path, facts: _Facts) -> dict[str, Vectors]:
    weights = {name.removeprefix("bert."): tensor for name, tensor in tensors(path).items()}
    shapes = facts.shapes()
    missing = [name for name in shapes if name not in weights]
    if missing:
        raise ModelError(f"{path} lacks {len(missing)} tensors, such as {missing[0]}: it is not a whole BERT encoder")
    for name, shape in shapes.items():
        if weights[name].shape != shape:
            raise ModelError(f"{path}: {name} has the shape {weights[name].shape}, config.json says {shape}")
    return {name: weights[name] for name in shapes}
