"""Folders of multi-vector models: the layouts of ColBERT, of PyLate and of sentence-transformers.

Sources: colbert/infra/config (artifact.metadata), pylate/models/colbert.py (1.3), sentence_transformers'
multi_vector_encoder/model.py and base/modules/transformer.py (6.2).
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from likewise.encoders.text._folder import Folder, modules, optional, settings, step
from likewise.errors import ModelError
from likewise.networks._steps import Dense
from likewise.saving import tensors
from likewise.types import Role, Vectors

__all__ = ["Expansion", "MultiFolder", "Projection", "is_multi", "read_multi"]

_PYLATE: Final = "pylate.models."
_ROLES: Final[tuple[Role, ...]] = ("query", "document")
_MARKS: Final = (
    "query_prefix",
    "document_prefix",
    "attend_to_expansion_tokens",
    "do_query_expansion",
    "skiplist_words",
)
"""Settings by which a folder of PyLate is known."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """Queries shorter than `length` tokens are filled up with `token` (the mask token where empty).

    The fill is scored; whether the text sees it is `attend`. With `fixed` longer queries are cut to `length`.
    """

    length: int
    attend: bool = False
    token: str = ""
    fixed: bool = True


@dataclass(frozen=True, slots=True)
class Projection:
    """A dense layer over tokens; `residual` adds its input, or that times a weight `(out, in)`."""

    dense: Dense
    residual: bool | Vectors = False


@dataclass(frozen=True, slots=True)
class MultiFolder:
    """What a folder says. `lengths` count tokens, special ones too; `skipped` are words without vectors, by role."""

    folder: Folder
    projections: tuple[Projection, ...]
    normalize: bool
    lengths: Mapping[Role, int | None]
    expansion: Expansion | None
    skipped: Mapping[Role, tuple[str, ...]]


def is_multi(path: Path) -> bool:
    """Whether a folder holds a multi-vector model."""
    try:
        sentence = optional(path / "config_sentence_transformers.json")
        stanford = "HF_ColBERT" in (optional(path / "config.json").get("architectures") or ())
    except ModelError:
        return False
    named = sentence.get("model_type") in ("ColBERT", "MultiVectorEncoder") or any(key in sentence for key in _MARKS)
    return named or stanford or (path / "artifact.metadata").is_file()


def read_multi(path: Path) -> MultiFolder:
    """Read a folder. Raises ModelError that says what is missing or not supported."""
    if not is_multi(path):
        raise ModelError(
            f"{path} is no multi-vector model: it has neither artifact.metadata (ColBERT) nor a "
            "config_sentence_transformers.json of PyLate or of a MultiVectorEncoder"
        )
    return _listed(path) if (path / "modules.json").is_file() else _stanford(path)


def _stanford(path: Path) -> MultiFolder:
    facts = optional(path / "artifact.metadata")
    held = tensors(path / "model.safetensors")
    if "linear.weight" not in held:
        raise ModelError(f"{path / 'model.safetensors'} lacks the tensor linear.weight: it is no ColBERT")
    dense = Dense(held["linear.weight"], held.get("linear.bias"))
    marks = {
        "query": f"{facts.get('query_token_id') or '[unused0]'} ",
        "document": f"{facts.get('doc_token_id') or '[unused1]'} ",
    }
    skipped = tuple(string.punctuation) if facts.get("mask_punctuation", True) else ()
    folder = Folder(path, settings(path), None, True, (), marks, ())
    length = int(facts.get("query_maxlen") or 32)
    return MultiFolder(
        folder,
        (Projection(dense),),
        True,
        {"query": length, "document": facts.get("doc_maxlen")},
        Expansion(length, bool(facts.get("attend_to_mask_tokens"))),
        {"document": skipped},
    )


def _listed(path: Path) -> MultiFolder:
    listed = modules(path, _PYLATE)
    sentence = optional(path / "config_sentence_transformers.json")
    home = listed[0][1]
    own = settings(home)
    if own.max_length is None and own.facts.path.parent != path:
        own = replace(own, max_length=settings(path).max_length)
    inner = optional(home / "sentence_bert_config.json")
    projections, normalize, skipped = _modules(path, listed, sentence)
    files = tuple(where / "model.safetensors" for kind, where in listed if kind == "Dense")
    folder = Folder(path, own, None, True, (), _prompts(sentence), files)
    lengths = {role: inner.get(f"{role}_length") or sentence.get(f"{role}_length") for role in _ROLES}
    return MultiFolder(folder, projections, normalize, lengths, _expansion(path, inner, sentence), skipped)


def _modules(
    path: Path, listed: list[tuple[str, Path]], sentence: Mapping[str, Any]
) -> tuple[tuple[Projection, ...], bool, Mapping[Role, tuple[str, ...]]]:
    kinds = [kind for kind, _ in listed]
    strange = [kind for kind in kinds[1:] if kind not in ("Dense", "MultiVectorMask", "Normalize")]
    if kinds[:1] != ["Transformer"] or strange:
        raise ModelError(
            f"{path}: modules {kinds} cannot be run: wanted Transformer, Dense, MultiVectorMask, Normalize"
        )
    projections = tuple(_projection(where) for kind, where in listed if kind == "Dense")
    words = sentence.get("skiplist_words")
    if "MultiVectorMask" not in kinds:
        # PyLate 1 lists the network and its dense layers only; it skips punctuation unless it says otherwise
        return projections, True, {"document": tuple(string.punctuation if words is None else words)}
    mask = optional(listed[kinds.index("MultiVectorMask")][1] / "config.json")
    roles = mask.get("skiplist_tasks") or ("document",)
    skipped: dict[Role, tuple[str, ...]] = {
        role: tuple(mask.get("skiplist_words") or ()) for role in _ROLES if role in roles
    }
    return projections, "Normalize" in kinds, skipped


def _projection(path: Path) -> Projection:
    config = optional(path / "config.json")
    if "activation_function" not in config:
        raise ModelError(f"{path / 'config.json'} names no activation_function. Fetch the model again")
    dense = cast("Dense", step("Dense", path))
    if not config.get("use_residual"):
        return Projection(dense)
    weight = tensors(path / "model.safetensors").get("residual.weight")
    return Projection(dense, True if weight is None else weight)


def _prompts(sentence: Mapping[str, Any]) -> dict[str, str]:
    """What goes before a text by role: a prefix of PyLate, then the prompt."""
    prompts = sentence.get("prompts") or {}
    whole = {}
    for role in _ROLES:
        prefix, prompt = sentence.get(f"{role}_prefix") or "", prompts.get(role) or ""
        whole[role] = prefix + prompt.removeprefix(prefix)
    return {role: text for role, text in whole.items() if text}


def _expansion(path: Path, inner: Mapping[str, Any], sentence: Mapping[str, Any]) -> Expansion | None:
    made = inner.get("query_expansion", sentence.get("query_expansion"))
    if isinstance(made, Mapping):
        length = made.get("length")
        if not isinstance(length, int) or length < 1 or made.get("strategy") not in ("fixed", "min"):
            raise ModelError(f"{path}: query_expansion {dict(made)} cannot be run: wanted a strategy and a length")
        return Expansion(length, bool(made.get("attend")), made.get("token") or "", made["strategy"] == "fixed")
    known = any(key in sentence for key in (*_MARKS, "query_length"))
    if not known or sentence.get("do_query_expansion") is False or "query_expansion" in {*inner, *sentence}:
        return None
    return Expansion(int(sentence.get("query_length") or 32), bool(sentence.get("attend_to_expansion_tokens")))
