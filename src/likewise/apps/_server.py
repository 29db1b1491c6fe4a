"""A server that speaks the embeddings part of the OpenAI protocol, as one side of a comparison."""

from __future__ import annotations

import base64
import json
import urllib.error
from collections.abc import Sequence
from typing import Final, final

import numpy as np

from likewise.apps._http import KEY, advice, parsed, posted, told
from likewise.apps._sides import Answers, Side
from likewise.apps._texts import Text
from likewise.errors import ModelError
from likewise.types import Vectors

__all__ = ["KEY", "Served", "is_address"]

_SECONDS: Final = 120
_BATCH: Final = 32
_REFUSALS: Final = frozenset({400, 413, 422, 500})  # of these texts; some servers say 500 to an empty one


def is_address(name: str) -> bool:
    """Whether a model is named by the address of a server."""
    return name.lower().startswith(("http://", "https://"))


@final
class Served(Side):
    """`http(s)://HOST[:PORT]/v1#MODEL`: texts go to its `/embeddings` as they are, `prompt` before each."""

    def __init__(self, address: str, prompt: str = "") -> None:
        self._url, self._model = parsed(address, "/embeddings")
        self._prompt = prompt
        super().__init__(f"{self._model} at {self._url}", None)

    @property
    def fresh(self) -> bool:
        return True

    def answer(self, texts: Sequence[Text], batch_size: int | None = None) -> Answers:
        size = batch_size or _BATCH
        found: list[Vectors | str] = []
        for start in range(0, len(texts), size):
            found += self._some([self._prompt + text.text for text in texts[start : start + size]])
        dims = {len(row) for row in found if not isinstance(row, str)}
        if len(dims) > 1:
            raise ModelError(f"{self.name} gave vectors of {sorted(dims)} dimensions: wanted one number of them")
        vectors = np.full((len(texts), dims.pop() if dims else 0), np.nan, dtype=np.float32)
        errors = [row if isinstance(row, str) else "" for row in found]
        for i, row in enumerate(found):
            if not isinstance(row, str):
                vectors[i] = row
                errors[i] = "" if np.isfinite(row).all() else "the server gave NaN or infinity"
        return Answers(vectors, tuple(errors), (None,) * len(texts))

    def _some(self, texts: Sequence[str]) -> list[Vectors | str]:
        """A vector or an error for every text; a request that is refused is halved until the bad texts are alone."""
        try:
            return list(self._asked(texts))
        except urllib.error.HTTPError as error:
            with error:
                said = f"{error.code}: {told(error)}"
            if error.code not in _REFUSALS:
                raise ModelError(f"{self.name} answered {said}{advice(error.code)}") from error
            if len(texts) == 1:
                return [f"the server answered {said}"]
        middle = len(texts) // 2
        return self._some(texts[:middle]) + self._some(texts[middle:])

    def _asked(self, texts: Sequence[str]) -> list[Vectors]:
        value = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        content = posted(self._url, value, self.name, _SECONDS)
        return self._read(content, len(texts))

    def _read(self, content: bytes, wanted: int) -> list[Vectors]:
        try:
            rows = json.loads(content)["data"]
            rows = sorted(rows, key=lambda row: int(row["index"]))
            vectors = [_vector(row["embedding"]) for row in rows]
        except (ValueError, KeyError, TypeError) as error:
            shown = content[:80].decode(errors="replace")
            raise ModelError(f"{self.name} answered {shown!r}, wanted a list of embeddings: {error!r}") from error
        if [row["index"] for row in rows] != list(range(wanted)):
            raise ModelError(f"{self.name} answered {len(rows)} vectors to {wanted} texts, or misnumbered them")
        return vectors


def _vector(embedding: object) -> Vectors:
    """A vector as numbers, or as base64 of float32, which some servers give whatever they are asked for."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4").astype(np.float32)
    vector = np.asarray(embedding, dtype=np.float32)
    if vector.ndim != 1 or not len(vector):
        raise ValueError(f"an embedding has the shape {vector.shape}")
    return vector
