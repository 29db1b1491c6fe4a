"""A language model behind any server that speaks the chat part of the OpenAI protocol."""

from __future__ import annotations

import json
import re
import urllib.error
from collections.abc import Mapping, Sequence
from typing import Final, final

from likewise.apps._http import advice, parsed, posted, told
from likewise.errors import InputError, ModelError

__all__ = ["Generator"]

_UNENDED: Final = re.compile(r"<think(?:ing)?>(?!.*</think(?:ing)?>)", re.DOTALL)
"""A thought that was cut off: what is in it is no answer."""
_SECONDS: Final = 600
"""A model on a plain processor takes its time."""


@final
class Generator:
    """`http(s)://HOST[:PORT]/v1#MODEL`: Ollama, llama.cpp, vLLM, or a hosted one; nothing is sent anywhere else.

    A key, where the server wants one, stands in the variable LIKEWISE_SERVER_KEY. `longest` is the most tokens of an
    answer.
    """

    def __init__(self, address: str, *, longest: int = 512, seed: int = 0) -> None:
        if longest < 1:
            raise InputError(f"longest is {longest}, wanted at least 1")
        self._url, self._model = parsed(address, "/chat/completions")
        self.name = f"{self._model} at {self._url}"
        self.longest, self.seed = longest, seed

    def answer(self, messages: Sequence[Mapping[str, str]]) -> tuple[str, bool]:
        """What the model says, at temperature 0, and whether it came to its end.

        Raises ModelError where it cannot be asked or says nothing.
        """
        value = {
            "model": self._model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": self.longest,
            "seed": self.seed,
            "stream": False,
        }
        try:
            content = posted(self._url, value, self.name, _SECONDS)
        except urllib.error.HTTPError as error:
            with error:
                raise ModelError(f"{self.name} answered {error.code}: {told(error)}{advice(error.code)}") from error
        try:
            choice = json.loads(content)["choices"][0]
            said = choice["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            shown = content[:80].decode(errors="replace")
            raise ModelError(f"{self.name} answered {shown!r}, wanted a message of a chat: {error!r}") from error
        if not isinstance(said, str) or not said.strip():
            raise ModelError(f"{self.name} answered without words: is it a model for chats, its context long enough?")
        if _UNENDED.match(said.strip()):
            raise ModelError(
                f"{self.name} thought for {self.longest} tokens and said nothing: allow it more (--longest)"
            )
        return said.strip(), choice.get("finish_reason") != "length"
