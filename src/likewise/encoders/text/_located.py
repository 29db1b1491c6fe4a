"""Tokens of a text and the characters that they stand for, in the caller's own text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.encoders.text._tokens import MENDED, TokenCutter, mended, slices
from likewise.runtimes import Tokens
from likewise.types import Role

__all__ = ["Located", "located"]

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Located:
    """Content tokens of one text: `ids` `(t,)`, `places` `(t, 2)` first character and the one after the last.

    `prompt` are the ids that go before them.
    """

    prompt: Tokens
    ids: Tokens
    places: Places
    note: str = ""


def located(cutter: TokenCutter, text: str, role: Role) -> Located:
    """Tokens with their places: white space around a token is not its own; tokens of one character share its place."""
    whole = mended(text)
    read = whole.lower() if cutter.lowercase else whole
    ids, places = (np.concatenate(parts) for parts in zip(*_slices(cutter, read, cutter.prompt(role)), strict=True))
    count = np.count_nonzero(places[:, 1] <= 0) if cutter.prompt(role) else 0
    own = _trimmed(np.clip(places[count:], 0, len(read)), read)
    if len(read) != len(text):
        own = _mapped(own, _origins(text, cutter.lowercase))
    return Located(ids[:count], ids[count:], own, "" if whole is text else MENDED)


def _slices(cutter: TokenCutter, text: str, prompt: str) -> Iterator[tuple[Tokens, Places]]:
    """Ids and places of the tokens of every slice, the first with the prompt, which stands before place 0."""
    for start, end in list(slices(text)) or [(0, 0)]:
        before = prompt if start == 0 else ""
        encoded = cutter.tokenizer.encode(before + text[start:end], add_special_tokens=False)
        places = np.array(encoded.offsets, dtype=np.int64).reshape(-1, 2)
        yield np.array(encoded.ids, dtype=np.int32), places + (start - len(before))


def _trimmed(places: Places, text: str) -> Places:
    """Places without white space at their ends; a token of nothing else keeps its own."""
    white = np.fromiter((c.isspace() for c in text), dtype=bool, count=len(text))
    at = np.arange(len(text))
    after = np.append(np.minimum.accumulate(np.where(white, len(text), at)[::-1])[::-1], len(text))
    before = np.insert(np.maximum.accumulate(np.where(white, -1, at)) + 1, 0, 0)
    inner = np.stack([after[places[:, 0]], before[places[:, 1]]], axis=1)
    return np.where((inner[:, 0] < inner[:, 1])[:, None], inner, places)


def _origins(text: str, lowercase: bool) -> NDArray[np.int64]:
    """For every character that the tokenizer reads the place in the caller's text that it comes from."""
    origins: list[int] = []
    at = 0
    while at < len(text):
        pair = "\ud800" <= text[at] <= "\udbff" and "\udc00" <= text[at + 1 : at + 2] <= "\udfff"
        size = len(mended(text[at : at + 1 + pair]).lower()) if lowercase else 1
        origins.extend([at] * size)
        at += 1 + pair
    return np.array([*origins, len(text)], dtype=np.int64)


def _mapped(places: Places, origins: NDArray[np.int64]) -> Places:
    """Places in the caller's text; one character of it may have become several, or two may have become one."""
    last = np.maximum(places[:, 1] - 1, 0)
    following = origins[np.searchsorted(origins, origins[last], side="right").clip(max=len(origins) - 1)]
    return np.stack([origins[places[:, 0]], np.where(places[:, 1] > 0, following, 0)], axis=1)
