"""Words on their way to a tower of text: cut into tokens, filled up as its makers do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, final

import numpy as np
from tokenizers import Tokenizer

from likewise.encoders._resolve import Found
from likewise.encoders.text._folder import optional, settings
from likewise.encoders.text._model import prompts
from likewise.encoders.text._tokens import TokenCutter
from likewise.errors import InputError, ModelError
from likewise.modalities import Array
from likewise.networks import Tower
from likewise.saving import digest

__all__ = ["Words", "read_words", "speller"]

_LOWER: Final = ("Siglip2Tokenizer", "Siglip2TokenizerFast")
"""Tokenizers whose own code, not tokenizer.json, makes texts lower case."""


@final
@dataclass(frozen=True, slots=True)
class Words:
    """What cuts texts for `tower`, the token that fills them up, prompts by role, and a line that identifies it all."""

    tower: Tower
    cutter: TokenCutter
    pad: int
    prompts: Mapping[str, str]
    facts: str

    def inputs(self, rows: Sequence[Array]) -> tuple[Array, Array]:
        """Ids and mask `(n, s)` of rows of token ids, filled up at the end."""
        size = self.tower.units if self.tower.fixed else max(map(len, rows))
        ids = np.full((len(rows), size), self.pad, np.int32)
        mask = np.zeros((len(rows), size), np.float32)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        return ids, mask


def read_words(found: Found, tower: Tower, max_length: int | None) -> Words:
    """What a folder says of texts.

    Raises ModelError for a tokenizer that does not belong to the weights, InputError for a length that cannot be.
    """
    said, tokenizer = settings(found.path), found.path / "tokenizer.json"
    length = min(said.max_length or tower.units, tower.units) if max_length is None else max_length
    if not 1 <= length <= tower.units:
        raise InputError(f"max_length={max_length} must be from 1 to {tower.units}, the model's positions")
    own = optional(found.path / "config_sentence_transformers.json").get("prompts") or {}
    prefixes = prompts({str(role): str(prefix) for role, prefix in own.items()}) or prompts(found.prompts)
    prefixes = prefixes or ({"query": tower.prompt, "document": tower.prompt} if tower.prompt else {})
    config = optional(found.path / "tokenizer_config.json")
    lowercase = said.lowercase or config.get("tokenizer_class") in _LOWER
    cutter = TokenCutter(tokenizer, length, prefixes, lowercase, said.added)
    if tower.vocabulary and cutter.vocabulary > tower.vocabulary:
        raise ModelError(
            f"{found.path}: tokenizer.json has {cutter.vocabulary} tokens, the weights know {tower.vocabulary}: "
            "they do not belong together. Fetch the model again"
        )
    pad = _padding(config, cutter, tower)
    facts = f"{digest(tokenizer)} {length} {lowercase} {said.added} {pad if tower.fixed else 0}"
    if tower.before or tower.after:
        cutter.frame = (np.array(tower.before, np.int32), np.array(tower.after, np.int32))
        facts += f" {tower.before} {tower.after}"
        if min(cutter.capacity("query"), cutter.capacity("document")) < 1:
            raise InputError(f"max_length={length} leaves no room beside what the model's makers put around: take more")
    return Words(tower, cutter, pad, prefixes, facts)


def speller(path: Path) -> Callable[[str], Sequence[int]] | None:
    """What makes ids of a text by a folder's tokenizer, of no text those that it puts around itself; None: no such."""
    file = path / "tokenizer.json"
    if not file.is_file():
        return None

    @cache
    def opened() -> Tokenizer:
        try:
            return Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises bare Exception
            raise ModelError(f"{file} cannot be read: {error}. Fetch the model again") from error

    def spelled(text: str) -> Sequence[int]:
        ids: list[int] = opened().encode(text, add_special_tokens=not text).ids
        return ids

    return spelled


def _padding(config: Mapping[str, object], cutter: TokenCutter, tower: Tower) -> int:
    """The token that fills texts up: the tokenizer's own, where its settings name one."""
    token = config.get("pad_token")
    token = token.get("content") if isinstance(token, Mapping) else token
    known = cutter.tokenizer.token_to_id(token) if isinstance(token, str) else None
    return tower.pad if known is None else int(known)
