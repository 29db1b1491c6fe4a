"""One request to a server that the caller named, in the manner of the OpenAI protocol: JSON out, bytes back.

The only place besides `hub` that opens a connection. It goes to the address that the caller spelled out and nowhere
else: redirects are refused, and a private or loopback address is fine because it was named, not because a document or
another server pointed there.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from typing import Any, Final, final
from urllib.parse import urlsplit

from likewise.errors import InputError, ModelError

__all__ = ["KEY", "advice", "parsed", "posted", "told"]

KEY: Final = "LIKEWISE_SERVER_KEY"
"""The variable that holds the key for a server, where it wants one: never part of the address, which others see."""
_LARGEST: Final = 1 << 28  # bytes of one answer


def parsed(address: str, ending: str) -> tuple[str, str]:
    """`http(s)://HOST[:PORT]/v1#MODEL` as the URL of what ends so (/embeddings, say) and the model's name."""
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
    path = parts.path.rstrip("/").removesuffix(ending)
    return f"{parts.scheme}://{parts.netloc}{path}{ending}", parts.fragment


def posted(url: str, value: object, who: str, seconds: float) -> bytes:
    """What the server answers to a value as JSON, within so many seconds to connect and as many to answer.

    Raises ModelError, in words about `who`, where there is no answer; a refusal is left to the caller as the HTTPError
    that it is.
    """
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if os.environ.get(KEY):
        headers["Authorization"] = f"Bearer {os.environ[KEY]}"
    request = urllib.request.Request(url, json.dumps(value).encode(), headers, method="POST")  # noqa: S310 http or https: parsed
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=seconds) as answer:
            content = _read(answer, time.monotonic() + seconds)
    except urllib.error.HTTPError:
        raise
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ModelError(f"{who} cannot be reached: {reason}. Is the server running, the port right?") from error
    if len(content) > _LARGEST:
        raise ModelError(f"{who} answered with more than {_LARGEST:,} bytes")
    return content


def _read(answer: HTTPResponse, until: float) -> bytes:
    """What is sent until then; a server that sends byte by byte for ever is not waited for."""
    content = bytearray()
    while len(content) <= _LARGEST and (part := answer.read1(1 << 16)):
        content += part
        if time.monotonic() > until:
            raise TimeoutError("it sends too slowly")
    return bytes(content)


@final
class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Turns a redirect into the error that its status is."""

    def redirect_request(self, *_: Any) -> None:
        return None


def told(error: urllib.error.HTTPError) -> str:
    """What a server said when it refused, on one line."""
    try:
        return " ".join(error.read(400).decode(errors="replace").split())[:200] or str(error.reason)
    except (OSError, HTTPException):
        return str(error.reason)


def advice(code: int) -> str:
    """What to do about a refusal, as far as its status tells."""
    if code in (401, 403):
        return f". Put the key that it wants into {KEY}"
    if code == 404:
        return ". Does its address end in /v1, and has it a model of that name?"
    return ". Redirects are not followed: name the address itself" if 300 <= code < 400 else ""
