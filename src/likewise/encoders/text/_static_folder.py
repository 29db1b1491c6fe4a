"""Folders of static embeddings, model2vec's and sentence-transformers' layout: what they say, checked, and their table.

Sources: model2vec/persistence/persistence.py (0.10; the layout since 2024-10), sentence_transformers'
modules/static_embedding.py (6.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from likewise.errors import InputError, ModelError
from likewise.saving import read_settings, tensors
from likewise.types import Vectors

__all__ = ["StaticFolder", "is_static", "new_folder", "read_static", "write_static"]

_PRECISIONS: Final = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "I8": "int8"}
_MODULE: Final = "sentence_transformers.models."


@dataclass(frozen=True, slots=True)
class StaticFolder:
    """What a folder says: a row of `table` `(tokens, dim)` for every token id.

    `precision` is the number format of the file; `keeps_unknown` tells whether unknown tokens count (as they do in
    sentence-transformers) or are dropped (as in model2vec).
    """

    path: Path
    weights: Path
    tokenizer: Path
    table: Vectors
    precision: str
    normalize: bool
    keeps_unknown: bool
    prompts: Mapping[str, str]


def is_static(path: Path) -> bool:
    """Whether a model folder holds static embeddings: a table and a tokenizer, no network."""
    try:
        config = _optional(path / "config.json")
        return _of_model2vec(path, config) or _steps(path)[:1] == ["StaticEmbedding"]
    except ModelError:
        return False


def read_static(path: Path) -> StaticFolder:
    """Read a folder of static embeddings. Raises ModelError that says what is missing or does not fit."""
    config = _optional(path / "config.json")
    if _of_model2vec(path, config):
        home, normalize = path, bool(config.get("normalize", False))
        prompts: Mapping[str, str] = {}
    else:
        steps = _steps(path)
        if steps not in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"]):
            raise ModelError(f"{path}: modules {steps} cannot be run: wanted StaticEmbedding, then at most Normalize")
        home, normalize = _home(path), len(steps) == 2
        prompts = _optional(path / "config_sentence_transformers.json").get("prompts") or {}
    table, precision = _table(home / "model.safetensors")
    return StaticFolder(
        path,
        weights=home / "model.safetensors",
        tokenizer=home / "tokenizer.json",
        table=table,
        precision=precision,
        normalize=normalize,
        keeps_unknown=not _of_model2vec(path, config),
        prompts={str(role): str(prefix) for role, prefix in prompts.items()},
    )


def write_static(path: Path, table: NDArray[Any], tokenizer: str, facts: Mapping[str, object]) -> None:
    """Write a table, in its own number format, and the JSON of a tokenizer into a new folder in model2vec's layout.

    `facts` are added to config.json. sentence-transformers reads the folder too. Raises InputError where the folder
    holds something.
    """
    new_folder(path)
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": int(table.shape[1]),
        "seq_length": 1_000_000,
        "normalize": True,
        "embedding_dtype": table.dtype.name,
    }
    kinds = [(".", "StaticEmbedding"), ("1_Normalize", "Normalize")]
    modules = [{"idx": i, "name": str(i), "path": p, "type": _MODULE + kind} for i, (p, kind) in enumerate(kinds)]
    save_file({"embeddings": np.ascontiguousarray(table)}, path / "model.safetensors")
    (path / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    (path / "config.json").write_text(json.dumps({**config, **facts}, indent=2), encoding="utf-8")
    (path / "modules.json").write_text(json.dumps(modules, indent=2), encoding="utf-8")


def new_folder(path: Path) -> None:
    """Make a folder. Raises InputError where it holds something or cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be a folder: {error.strerror}; name a new one to save the model to") from error
    if any(path.iterdir()):
        raise InputError(f"{path} is not empty: name a new folder to save the model to")


def _of_model2vec(path: Path, config: Mapping[str, Any]) -> bool:
    if config.get("model_type") == "model2vec":
        return True
    old = "model_type" not in config and "tokenizer_name" in config  # as model2vec wrote it before 2024-12
    return old and "embeddings" in _kinds(path / "model.safetensors")


def _home(path: Path) -> Path:
    """The folder of the StaticEmbedding module."""
    where = str(_modules(path)[0].get("path", ""))
    home = (path / where).resolve()
    if not home.is_relative_to(path.resolve()):
        raise ModelError(f"{path / 'modules.json'} points to {where!r} outside of its folder: do not trust this model")
    return home


def _steps(path: Path) -> list[str]:
    return [str(step.get("type", "")).rpartition(".")[2] for step in _modules(path)]


def _modules(path: Path) -> list[dict[str, Any]]:
    if not (path / "modules.json").exists():
        return []
    listed = _json(path / "modules.json")
    if not isinstance(listed, list) or not all(isinstance(step, dict) for step in listed):
        raise ModelError(f"{path / 'modules.json'} is no list of modules. Fetch the model again")
    return listed


def _optional(path: Path) -> dict[str, Any]:
    return read_settings(path) if path.exists() else {}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}. Fetch the model again") from error


def _kinds(path: Path) -> dict[str, str]:
    """Name and number format of every tensor."""
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118 no mapping
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path} cannot be read: {error}. Fetch the model again") from error


def _table(path: Path) -> tuple[Vectors, str]:
    """A row for every token id, float32, and the number format of the file."""
    kinds = _kinds(path)
    name = next((n for n in ("embeddings", "embedding.weight") if n in kinds), None)
    if name is None:
        raise ModelError(f"{path} holds {', '.join(kinds) or 'nothing'}; wanted `embeddings` or `embedding.weight`")
    if kinds[name] not in _PRECISIONS:
        raise ModelError(f"{path}: embeddings are {kinds[name]}; wanted one of {', '.join(_PRECISIONS)}")
    table = _floats(path, name)
    if table.ndim != 2 or not table.size:
        raise ModelError(f"{path}: embeddings have the shape {table.shape}, wanted a row for every token")
    table = _laid_out(path, kinds, table)
    if not np.isfinite(table).all():
        raise ModelError(f"{path}: the embeddings hold NaN or infinity. Fetch the model again")
    return table, _PRECISIONS[kinds[name]]


def _laid_out(path: Path, kinds: Mapping[str, str], table: Vectors) -> Vectors:
    """A table of clusters (`mapping` from token to row, `weights` of tokens) as one of tokens."""
    if "mapping" in kinds:
        with safe_open(path, framework="numpy") as file:
            mapping = file.get_tensor("mapping")
        wrong = mapping.ndim != 1 or mapping.dtype.kind not in "iu" or not mapping.size
        if wrong or mapping.min() < 0 or mapping.max() >= len(table):
            raise ModelError(f"{path}: mapping {mapping.dtype}{mapping.shape} names rows that are not there")
        table = table[mapping]
    if "weights" in kinds:
        weights = _floats(path, "weights")
        if weights.shape != table.shape[:1]:
            raise ModelError(f"{path}: {weights.shape} weights for {len(table)} tokens")
        table = table * weights[:, None]
    return table


def _floats(path: Path, name: str) -> Vectors:
    found = tensors(path).get(name)  # float32 stays on disk, mapped
    if found is None:
        with safe_open(path, framework="numpy") as file:
            found = file.get_tensor(name).astype(np.float32)
    return found
