"""Static embeddings (model2vec's idea): a text is the mean of its tokens' vectors, and no network is run."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, final

import numpy as np

from likewise.encoders import Encoder
from likewise.encoders._resolve import Found
from likewise.encoders.text._static_folder import new_folder, read_static
from likewise.encoders.text._static_sum import means
from likewise.encoders.text._static_tokens import ALL, Ids, StaticCutter
from likewise.errors import InputError, ModelError
from likewise.saving import cached, digest
from likewise.space import PROBES
from likewise.types import Role, Space, Vectors

__all__ = ["Static"]

_KEPT: Final = ("*.json", "model.safetensors", "README.md", "0_*/*.json", "0_*/model.safetensors")
_BUDGET: Final = 1 << 17  # tokens of a batch; nothing is padded


@final
class Static(Encoder):
    """Text to vectors through a table of token vectors; `max_length` counts tokens, None takes all of them.

    A text without any known token has the vector zero, as in model2vec and sentence-transformers, and a note in its
    report. Special tokens inside a text are text.
    """

    def __init__(self, found: Found, *, max_length: int | None = None) -> None:
        folder = read_static(found.path)
        if max_length is not None and max_length < 1:
            raise InputError(f"max_length={max_length} must be 1 or more, or None for every token")
        prompts = _prompts(folder.prompts or found.prompts)
        length = ALL if max_length is None else max_length
        cutter = StaticCutter(folder.tokenizer, length, prompts, drop_unknown=not folder.keeps_unknown)
        if cutter.tokens > len(folder.table):
            raise ModelError(
                f"{found.path}: tokenizer.json has {cutter.tokens} tokens, the table {len(folder.table)} rows"
            )
        self._path, self._table, self._normalize = found.path, folder.table, folder.normalize
        rule = "keeps unknown" if folder.keeps_unknown else "drops unknown"
        space = Space(
            model=found.name,
            weights=digest(folder.weights),
            tokenizer=hashlib.sha256(f"{digest(folder.tokenizer)} {rule}".encode()).hexdigest(),
            pooling="static mean",
            prompts=tuple(sorted(prompts.items())),
            max_length=length,
            dim=folder.table.shape[1],
            normalize=folder.normalize,
            precision=folder.precision,
            runtime="numpy",
        )
        super().__init__(found.name, space, cutter, budget=_BUDGET)
        self.space = replace(space, probe=cached("probes", f"{space.id} {np.__version__}", self._probe))

    def encode_batch(self, pieces: Sequence[Ids], role: Role) -> Vectors:  # noqa: ARG002 the prompt is in the ids
        lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
        found = means(self._table, np.concatenate(pieces), lengths)
        if self._normalize:
            found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-32)
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Copy the model, in the layout it came in, into a new folder that `load`, model2vec and others read.

        Raises InputError where the folder holds something.
        """
        target = Path(path)
        new_folder(target)
        for pattern in _KEPT:
            for file in sorted(self._path.glob(pattern)):
                place = target / file.relative_to(self._path)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)

    def _probe(self) -> bytes:
        parts = [self.encode([text], role).vectors for role, text in PROBES]
        return np.concatenate(parts).astype("<f4").tobytes()


def _prompts(given: Mapping[str, str]) -> dict[str, str]:
    """Prefixes of the two roles."""
    roles = {"query": ("query",), "document": ("document", "passage", "corpus")}
    chosen = {role: next((given[k] for k in keys if k in given), "") for role, keys in roles.items()}
    return {role: prefix for role, prefix in chosen.items() if prefix}
