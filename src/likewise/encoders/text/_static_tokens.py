"""Texts to token ids without special tokens, for static embeddings: whole batches at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece
from likewise.encoders.text._static_words import Ints, Words, wordwise
from likewise.encoders.text._tokens import slices
from likewise.errors import InputError, ModelError
from likewise.types import Role

__all__ = ["ALL", "StaticCutter"]

ALL: Final = 2**31 - 1
"""The `max_length` of an encoder that takes every token."""

_AT_ONCE: Final = 1 << 17  # characters tokenised together: at most 65,536 words, which `Words` asks for
_NOTHING: Final = "no token of it is known: its vector is zero"
_MENDED: Final = "lone surrogates became U+FFFD"

Ids = NDArray[np.int32]


@final
class StaticCutter(Cutter):
    """Cuts texts into runs of up to `max_length` token ids, prompt included; unknown tokens are dropped if so asked."""

    def __init__(self, path: Path, max_length: int, prompts: Mapping[str, str], drop_unknown: bool) -> None:
        self._tokenizer = _read(path)
        self._unknown = _unknown(self._tokenizer) if drop_unknown else None
        lowercase = bool(getattr(self._tokenizer.normalizer, "lowercase", False))
        self._words = Words(self._encode, lowercase) if wordwise(self._tokenizer) else None
        self._prompts = prompts
        self._leading = {role: self._within(prefix) for role, prefix in prompts.items()}
        self._max_length = max_length
        if max_length <= max(self._leading.values(), default=0):
            raise InputError(f"max_length={max_length} leaves no room beside the prompt: take more")

    @property
    def tokens(self) -> int:
        """One more than the largest token id."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("text",)

    def capacity(self, role: Role) -> int:
        return self._max_length - self._leading.get(role, 0)

    def count(self, contents: Sequence[str]) -> list[int]:
        return [len(ids) for ids, _ in self._rows(contents, "")]

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:
        texts = [content if isinstance(content, str) else "" for content in contents]
        room, lead = self.capacity(role), self._leading.get(role, 0)
        for content, (ids, note) in zip(contents, self._rows(texts, self._prompts.get(role, "")), strict=True):
            seen = max(0, len(ids) - lead)
            if not isinstance(content, str):
                yield Cut(error=f"content is {type(content).__name__}, wanted str")
            elif seen > room:
                yield _over(ids, lead, room, overflow, note)
            else:
                yield Cut((Piece(ids, len(ids), max(1, seen)),), seen, seen, note=note if seen else note or _NOTHING)

    def _rows(self, texts: Sequence[str], prompt: str) -> Iterator[tuple[Ids, str]]:
        """The token ids of every text behind the prompt, and what was mended in it."""
        start = 0
        while start < len(texts):
            stop, characters = start, 0
            while stop < len(texts) and (stop == start or characters + len(texts[stop]) <= _AT_ONCE):
                characters += len(texts[stop]) + len(prompt)
                stop += 1
            some = [prompt + text for text in texts[start:stop]] if prompt else texts[start:stop]
            yield from self._group(some) if characters <= _AT_ONCE else [self._long(some[0])]
            start = stop

    def _group(self, texts: Sequence[str]) -> Iterator[tuple[Ids, str]]:
        whole, notes = _encodable(texts)
        ids, lengths = self._batch(whole)
        ends = np.cumsum(lengths).tolist()
        return zip((ids[i:j] for i, j in zip([0, *ends], ends, strict=False)), notes, strict=True)

    def _long(self, text: str) -> tuple[Ids, str]:
        """A text of any length, in slices."""
        (whole,), (note,) = _encodable([text])
        found = [self._batch([whole[start:end]])[0] for start, end in slices(whole)]
        return np.concatenate(found), note

    def _batch(self, texts: Sequence[str]) -> tuple[Ids, Ints]:
        if self._words is not None:
            return self._words.ids(texts)
        rows = self._encode(texts)
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        return np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum())), lengths

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        rows: list[list[int]] = [e.ids for e in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        if self._unknown is None:
            return rows
        return [[i for i in row if i != self._unknown] if self._unknown in row else row for row in rows]

    def _within(self, prefix: str) -> int:
        """Tokens that lie wholly inside a prompt when a text follows it."""
        encoded = self._tokenizer.encode(prefix + "a", add_special_tokens=False)
        known = zip(encoded.ids, encoded.offsets, strict=True)
        return sum(end <= len(prefix) for i, (_, end) in known if i != self._unknown)


def _over(ids: Ids, lead: int, room: int, overflow: Overflow, note: str) -> Cut:
    """A text that holds more than one input does."""
    prompt, content = ids[:lead], ids[lead:]
    seen = len(content)
    if overflow == "error":
        why = f"holds {seen} tokens, one input holds {room}: split it, or take overflow truncate or mean"
        return Cut(seen=seen, error=why, note=note)
    if overflow == "truncate":
        return Cut((Piece(ids[: lead + room], lead + room, room),), seen, room, truncated=True, note=note)
    runs = (content[start : start + room] for start in range(0, seen, room))
    pieces = (Piece(np.concatenate([prompt, run]), lead + len(run), len(run)) for run in runs)
    return Cut(pieces, seen, seen, note=note)


def _read(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ModelError(f"{path} cannot be read: {error}. Fetch the model again") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True  # "[CLS]" in a text is text
    return tokenizer


def _unknown(tokenizer: Tokenizer) -> int | None:
    """The id of the unknown token; a Unigram model names it otherwise, and model2vec keeps it there."""
    token = getattr(tokenizer.model, "unk_token", None)
    return None if token is None else tokenizer.token_to_id(token)


def _encodable(texts: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    """Texts that can be written as UTF-8, and a note for each that had to be mended."""
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError:
        mended = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts]
        return mended, [_MENDED if a != b else "" for a, b in zip(texts, mended, strict=True)]
    return texts, [""] * len(texts)
