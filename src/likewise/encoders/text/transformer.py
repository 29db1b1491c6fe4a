"""A BERT text encoder from a folder in the sentence-transformers layout."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, final

import numpy as np

from likewise.encoders import Encoder
from likewise.encoders._resolve import Found
from likewise.encoders.text._folder import Folder, read
from likewise.encoders.text._tokens import TokenCutter
from likewise.errors import InputError, ModelError
from likewise.runtimes import Tokens
from likewise.runtimes.openvino import OpenVINO
from likewise.saving import cached, digest
from likewise.space import PROBES
from likewise.types import Role, Space, Vectors

__all__ = ["Transformer"]

_KEPT: Final = ("*.json", "*.txt", "model.safetensors", "1_*/*.json", "2_*/*.json", "[123]_*/model.safetensors")


@final
class Transformer(Encoder):
    """Text to vectors through a BERT; `max_length` counts tokens with the special ones."""

    def __init__(
        self, found: Found, precision: str = "auto", max_length: int | None = None, threads: int | None = None
    ) -> None:
        folder = read(found.path)
        length = folder.max_length if max_length is None else max_length
        if not 1 <= length <= folder.network.positions:
            raise InputError(f"max_length={length} must be from 1 to {folder.network.positions}, the model's positions")
        prompts = _prompts(folder, found)
        cutter = TokenCutter(found.path / "tokenizer.json", length, prompts, folder.lowercase)
        rows = len(folder.network.weights["embeddings.word_embeddings.weight"])
        if cutter.vocabulary > rows:
            raise ModelError(f"{found.path}: tokenizer.json has {cutter.vocabulary} tokens, the weights know {rows}")
        self._path = found.path
        self._runtime = OpenVINO(folder.network, precision, threads)
        space = Space(
            model=found.name,
            weights=_weights(folder),
            tokenizer=_tokenizer(folder),
            pooling=_pooling(folder),
            prompts=tuple(sorted(prompts.items())),
            max_length=length,
            dim=folder.network.out,
            normalize=folder.network.normalize,
            precision=self._runtime.precision,
            runtime=self._runtime.name,
        )
        super().__init__(found.name, space, cutter)
        self.space = replace(space, probe=cached("probes", f"{space.id} {self._runtime.version}", self._probe))

    def encode_batch(self, pieces: Sequence[Tokens], role: Role) -> Vectors:  # noqa: ARG002 the prompt is in the ids
        lengths = np.array([len(piece) for piece in pieces], dtype=np.int32)
        ids = np.zeros((len(pieces), int(lengths.max())), dtype=np.int32)
        for row, piece in zip(ids, pieces, strict=True):
            row[: len(piece)] = piece
        return self._runtime.run(ids, lengths)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Copy the model into a new folder that `load` reads. Raises InputError where the folder holds something."""
        target = Path(path)
        if target.exists() and any(target.iterdir()):
            raise InputError(f"{target} is not empty: name a new folder to save the model to")
        for pattern in _KEPT:
            for file in sorted(self._path.glob(pattern)):
                place = target / file.relative_to(self._path)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)

    def _probe(self) -> bytes:
        parts = [self.encode([text], role).vectors for role, text in PROBES]
        return np.concatenate(parts).astype("<f4").tobytes()


def _prompts(folder: Folder, found: Found) -> dict[str, str]:
    """Prefixes of the two roles: the folder's own, else the catalogue's."""
    named = folder.prompts or found.prompts
    roles = {"query": ("query",), "document": ("document", "passage", "corpus")}
    chosen = {role: next((named[k] for k in keys if k in named), "") for role, keys in roles.items()}
    return {role: prefix for role, prefix in chosen.items() if prefix}


def _weights(folder: Folder) -> str:
    """The digest of what the network computes: its weights, the layers after pooling, and the facts that bind them."""
    network = folder.network
    facts = [network.layers, network.heads, network.dim, network.epsilon, network.activation]
    dense = sorted(str(p.relative_to(folder.path)) for p in folder.path.glob("*_Dense/model.safetensors"))
    return _combined(folder.path, ["model.safetensors", *dense], json.dumps(facts))


def _tokenizer(folder: Folder) -> str:
    return _combined(folder.path, ["tokenizer.json"], json.dumps({"lowercase": folder.lowercase}))


def _combined(path: Path, files: Sequence[str], more: str) -> str:
    lines = [f"{name} {digest(path / name)}" for name in files]
    return hashlib.sha256("\n".join([*lines, more]).encode()).hexdigest()


def _pooling(folder: Folder) -> str:
    return "+".join([folder.network.pooling, *(f"dense:{d.activation}" for d in folder.network.dense)])
