"""A server that speaks the embeddings part of the OpenAI protocol, as one side of a comparison.

The only place besides `hub` that opens a connection. It goes to the address that the caller spelled out and nowhere
else: redirects are refused, and a private or loopback address is fine because it was named, not because a document or
another server pointed there.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any, Final, final
from urllib.parse import urlsplit

import numpy as np

from likewise.apps._sides import Answers, Side
from likewise.apps._texts import Text
from likewise.errors import InputError, ModelError
from likewise.types import Vectors

__all__ = ["KEY", "Served", "is_address"]

KEY: Final = "LIKEWISE_SERVER_KEY"
"""The variable that holds the key for a server, where it wants one: never part of the address, which others see."""

_SECONDS: Final = 120
_BATCH: Final = 32
_LARGEST: Final = 1 << 28  # bytes of one answer
_REFUSALS: Final = frozenset({400, 413, 422, 500})  # of these texts; some servers say 500 to an empty one


def is_address(name: str) -> bool:
    """Whether a model is named by the address of a server."""
    return name.lower().startswith(("http://", "https://"))


@final
class Served(Side):
    """`http(s)://HOST[:PORT]/v1#MODEL`: texts go to its `/embeddings` as they are, `prompt` before each."""

    def __init__(self, address: str, prompt: str = "") -> None:
        self._url, self._model = _parsed(address)
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
                told = f"{error.code}: {_told(error)}"
            if error.code not in _REFUSALS:
                raise ModelError(f"{self.name} answered {told}{_advice(error.code)}") from error
            if len(texts) == 1:
                return [f"the server answered {told}"]
        middle = len(texts) // 2
        return self._some(texts[:middle]) + self._some(texts[middle:])

    def _asked(self, texts: Sequence[str]) -> list[Vectors]:
        body = json.dumps({"model": self._model, "input": list(texts), "encoding_format": "float"}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if os.environ.get(KEY):
            headers["Authorization"] = f"Bearer {os.environ[KEY]}"
        request = urllib.request.Request(self._url, body, headers, method="POST")  # noqa: S310 http or https: _parsed
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=_SECONDS) as answer:
                content = answer.read(_LARGEST + 1)
        except urllib.error.HTTPError:
            raise
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise ModelError(
                f"{self.name} cannot be reached: {reason}. Is the server running, the port right?"
            ) from error
        if len(content) > _LARGEST:
            raise ModelError(f"{self.name} answered with more than {_LARGEST:,} bytes")
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


@final
class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Turns a redirect into the error that its status is."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _parsed(address: str) -> tuple[str, str]:
    """The URL of the embeddings and the model's name."""
    example = "give http://HOST:PORT/v1#MODEL"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"{address} is no address of a server: {error}; {example}") from error
    if parts.username or parts.password:
        raise InputError(f"a key does not belong into an address, where others see it: put it into {KEY}")
    if parts.scheme not in ("http", "https") or not host or not parts.fragment or parts.query:
        raise InputError(f"{address} is no address of a model on a server: {example}")
    path = parts.path.rstrip("/").removesuffix("/embeddings")
    return f"{parts.scheme}://{parts.netloc}{path}/embeddings", parts.fragment


def _vector(embedding: object) -> Vectors:
    """A vector as numbers, or as base64 of float32, which some servers give whatever they are asked for."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4").astype(np.float32)
    vector = np.asarray(embedding, dtype=np.float32)
    if vector.ndim != 1 or not len(vector):
        raise ValueError(f"an embedding has the shape {vector.shape}")
    return vector


def _told(error: urllib.error.HTTPError) -> str:
    try:
        return " ".join(error.read(400).decode(errors="replace").split())[:200] or str(error.reason)
    except (OSError, HTTPException):
        return str(error.reason)


def _advice(code: int) -> str:
    if code in (401, 403):
        return f". Put the key that it wants into {KEY}"
    if code == 404:
        return ". Does its address end in /v1, and has it a model of that name?"
    return ". Redirects are not followed: name the address itself" if 300 <= code < 400 else ""
