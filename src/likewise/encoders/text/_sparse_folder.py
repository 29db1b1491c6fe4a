"""Folders of sparse encoders: SPLADE as transformers has it, and the modules of sentence-transformers' SparseEncoder.

Sources: sentence_transformers' sparse_encoder/modules/{splade_pooling,sparse_static_embedding}.py and
base/modules/router.py (6.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from likewise.encoders.text._folder import Folder, inside, modules, optional, settings
from likewise.errors import ModelError
from likewise.types import Role

__all__ = ["SparseFolder", "is_sparse", "read_sparse"]

_ROLES: Final[tuple[Role, ...]] = ("query", "document")
_NETWORKS: Final = ("Transformer", "MLMTransformer")


@dataclass(frozen=True, slots=True)
class SparseFolder:
    """What a folder says. `folder` is the network's, None where there is none; `static` are folders of weights by role.

    `pooling` takes the `max` or the `sum` over tokens; `twice` takes the logarithm twice; `most` words are kept of a
    text unless the caller says otherwise.
    """

    folder: Folder | None
    static: Mapping[Role, Path]
    prompts: Mapping[str, str]
    pooling: str = "max"
    twice: bool = False
    most: int | None = None


def is_sparse(path: Path) -> bool:
    """Whether a folder holds a sparse encoder; a masked language model alone counts as one where it is asked for."""
    try:
        sentence = optional(path / "config_sentence_transformers.json")
        kinds = [kind for route in _routes(path).values() for kind, _ in route] if _listed(path) else []
    except ModelError:
        return False
    return sentence.get("model_type") == "SparseEncoder" or bool({"SpladePooling", "SparseStaticEmbedding"} & {*kinds})


def read_sparse(path: Path) -> SparseFolder:
    """Read a folder. Raises ModelError that says what is missing or not supported."""
    sentence = optional(path / "config_sentence_transformers.json")
    prompts = {str(role): str(text) for role, text in (sentence.get("prompts") or {}).items() if text is not None}
    most = sentence.get("max_active_dims")
    if not _listed(path):
        return SparseFolder(Folder(path, settings(path), None, True, (), prompts, ()), {}, prompts, most=most)
    folder, pooling, twice = None, "max", False
    static: dict[Role, Path] = {}
    files: list[Path] = []
    for role, route in _routes(path).items():
        kinds = [kind for kind, _ in route]
        if kinds == ["SparseStaticEmbedding"]:
            static[role] = route[0][1]
            files.extend(route[0][1].glob("*.safetensors"))
        elif len(kinds) == 2 and kinds[0] in _NETWORKS and kinds[1] == "SpladePooling":
            own = settings(route[0][1])
            if folder is not None and folder.settings.path != own.path:
                raise ModelError(f"{path} has a network for queries and another for documents, which cannot be run")
            folder = Folder(path, own, None, True, (), prompts, ())
            pooling, twice = _pooling(route[1][1])
        else:
            raise ModelError(
                f"{path}: modules {kinds} cannot be run: wanted Transformer and SpladePooling, or SparseStaticEmbedding"
            )
    if folder is not None and files:
        folder = Folder(path, folder.settings, None, True, (), prompts, tuple(sorted(files)))
    return SparseFolder(folder, static, prompts, pooling, twice, most)


def _listed(path: Path) -> bool:
    return (path / "modules.json").is_file()


def _routes(path: Path) -> dict[Role, list[tuple[str, Path]]]:
    """The modules that texts of each role go through."""
    listed = modules(path)
    if [kind for kind, _ in listed] not in (["Router"], ["Asym"]):
        return dict.fromkeys(_ROLES, listed)
    file = path / "router_config.json"
    try:
        routes = json.loads(file.read_text(encoding="utf-8"))
        return {role: [_module(path, routes, where) for where in routes["structure"][role]] for role in _ROLES}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{file} cannot be read: {error}. Fetch the model again") from error


def _module(path: Path, routes: Mapping[str, Any], where: str) -> tuple[str, Path]:
    return str(routes["types"][where]).rpartition(".")[2], inside(path, where)


def _pooling(path: Path) -> tuple[str, bool]:
    config = optional(path / "config.json")
    way, activation = config.get("pooling_strategy", "max"), config.get("activation_function", "relu")
    if way not in ("max", "sum") or activation not in ("relu", "log1p_relu"):
        raise ModelError(
            f"{path}: pooling {way} of {activation} cannot be run: there are max and sum, relu, log1p_relu"
        )
    return str(way), activation == "log1p_relu"
