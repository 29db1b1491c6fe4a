"""Texts to token pieces: prompts, special tokens, overflow and counting, whatever the length of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, final

import numpy as np
from tokenizers import Tokenizer

from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece
from likewise.encoders.text._frame import around, marks
from likewise.errors import InputError, ModelError
from likewise.runtimes import Tokens
from likewise.types import Role

__all__ = ["MENDED", "TokenCutter", "mended", "slices"]

MENDED: Final = "lone surrogates became U+FFFD"
_SLICE: Final = 1 << 16  # characters given to the tokenizer at once
_UNBROKEN: Final = 1 << 18  # characters without white space that are still kept together
_WHITE: Final = " \t\n\r\f\v"


Added = tuple[str, str]
"""Special tokens before and after every text by tokenizer_config.json; empty for none."""


@final
class TokenCutter(Cutter):
    """Cuts texts into rows of token ids of up to `max_length`, prompt and special tokens included.

    `frame` are the special tokens before and behind.
    """

    def __init__(
        self, path: Path, max_length: int, prompts: Mapping[str, str], lowercase: bool, added: Added = ("", "")
    ) -> None:
        try:
            self.tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception
            raise ModelError(f"{path} cannot be read: {error}. Fetch the model again") from error
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.frame = around(self.tokenizer, path, added)
        self.tokenizer.encode_special_tokens = True  # "[CLS]" in a text is text
        self._marked = marks(self.tokenizer)
        self.lowercase = lowercase
        self._prompts = {role: prefix.lower() if lowercase else prefix for role, prefix in prompts.items() if prefix}
        self._leading = {role: self._length(prefix) for role, prefix in self._prompts.items()}
        self.max_length = max_length
        roles: tuple[Role, ...] = ("query", "document")
        for role in roles:
            if self.capacity(role) < 1:
                raise InputError(f"max_length={max_length} leaves no room beside prompt and special tokens: take more")

    @property
    def vocabulary(self) -> int:
        """One more than the largest token id."""
        return max(self.tokenizer.get_vocab(with_added_tokens=True).values()) + 1

    def _length(self, prefix: str) -> int:
        """Tokens that lie wholly inside a prompt when a text follows it."""
        offsets = self.tokenizer.encode(prefix + "a", add_special_tokens=False).offsets
        return sum(end <= len(prefix) for _, end in offsets)

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("text",)

    def capacity(self, role: Role) -> int:
        return self.max_length - sum(map(len, self.frame)) - self._leading.get(role, 0)

    def leading(self, role: Role) -> int:
        """Tokens before the content where there is a prompt, special ones too; 0 without one."""
        leading = self._leading.get(role, 0)
        return len(self.frame[0]) + leading if leading else 0

    def prompt(self, role: Role) -> str:
        """What goes before a content, as the tokenizer is given it."""
        return self._prompts.get(role, "")

    def count(self, contents: Sequence[str]) -> list[int]:
        return [sum(map(len, rows)) for rows in self.rows(contents, "", [""] * len(contents))]

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:
        wrong = ["" if isinstance(c, str) else f"content is {type(c).__name__}, wanted str" for c in contents]
        texts = [content if isinstance(content, str) else "" for content in contents]
        notes = [""] * len(texts)
        for i, rows in enumerate(self.rows(texts, self.prompt(role), notes)):
            cut = Cut(error=wrong[i])
            if not cut.error:
                cut.pieces = self._pieces(cut, rows, role, overflow, partial(notes.__getitem__, i))
            yield cut

    def _pieces(
        self, cut: Cut, rows: Iterator[Tokens], role: Role, overflow: Overflow, note: Callable[[], str]
    ) -> Iterator[Piece]:
        room = self.capacity(role)
        first = next(rows)
        prompt, first = np.split(first, [self._leading.get(role, 0)])
        held = np.empty(0, dtype=np.int32)
        for ids in chain([first], rows):
            cut.seen += len(ids)
            if overflow == "mean" or len(held) < room:
                held = np.concatenate([held, ids])
            while overflow == "mean" and len(held) > room:
                yield self._piece(prompt, held[:room])
                cut.used += room
                held = held[room:]
        cut.note = note()
        over = cut.seen > room and overflow != "mean"
        if over and overflow == "error":
            cut.error = f"holds {cut.seen} tokens, one input holds {room}: split it, or take overflow truncate or mean"
            return
        held = held[:room]
        piece = self._piece(prompt, held)
        if not piece.size:
            cut.error = "gives no tokens, and this model adds none of its own: there is nothing to encode"
            return
        cut.used, cut.truncated = cut.used + len(held), over
        yield piece

    def _piece(self, prompt: Tokens, content: Tokens) -> Piece:
        head, tail = self.frame
        ids = np.concatenate([head, prompt, content, tail])
        return Piece(ids, size=len(ids), weight=max(1, len(content)))

    def rows(self, texts: Sequence[str], prompt: str, notes: list[str]) -> Iterator[Iterator[Tokens]]:
        """For every text the token ids of its slices, the first with the prompt; many short texts at once."""
        for group in _groups(texts):
            short = [self._mended(i, prompt + texts[i], notes) for i in group if len(texts[i]) <= _SLICE]
            encoded = iter(self.tokenizer.encode_batch_fast(short, add_special_tokens=False))
            for i in group:
                if len(texts[i]) <= _SLICE:
                    yield iter([np.array(next(encoded).ids, dtype=np.int32)])
                else:
                    yield self._long(i, texts[i], prompt, notes)

    def _long(self, i: int, text: str, prompt: str, notes: list[str]) -> Iterator[Tokens]:
        for start, end in slices(text):
            dropped = int(self._marked and start > 0 and text[start] == " ")  # the tokenizer marks it by itself
            whole = (prompt if start == 0 else "") + text[start + dropped : end]
            (encoded,) = self.tokenizer.encode_batch_fast([self._mended(i, whole, notes)], add_special_tokens=False)
            yield np.array(encoded.ids, dtype=np.int32)

    def _mended(self, i: int, text: str, notes: list[str]) -> str:
        whole = mended(text)
        if whole is not text:
            notes[i] = MENDED
        return whole.lower() if self.lowercase else whole


def mended(text: str) -> str:
    """The text with U+FFFD for every lone surrogate; the very same where there is none."""
    if text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _groups(texts: Sequence[str]) -> Iterator[range]:
    """Runs of texts whose characters, held by the tokenizer at once, stay bounded."""
    start = characters = 0
    for i, text in enumerate(texts):
        if characters and characters + len(text) > 4 * _SLICE:
            yield range(start, i)
            start, characters = i, 0
        characters += len(text)
    yield range(start, len(texts))


def slices(text: str) -> Iterator[tuple[int, int]]:
    """Cuts before white space, where no token reaches across; a longer run without any is cut wherever it is."""
    start = 0
    while start < len(text):
        end = start + _SLICE
        if end < len(text):
            found = max(text.rfind(white, start + 1, end) for white in _WHITE)
            if found < 0:
                found = _next_white(text, end, start + _UNBROKEN)
            end = _run(text, start, min(found, len(text)))
        yield start, min(end, len(text))
        start = end


def _run(text: str, start: int, end: int) -> int:
    """Where the white space begins that goes on at `end`; `end` itself where it fills all from `start`."""
    first = end
    while first > start and text[first - 1] in _WHITE:
        first -= 1
    return first if first > start else end


def _next_white(text: str, start: int, end: int) -> int:
    return next((i for i in range(start, min(end, len(text))) if text[i] in _WHITE), end)
