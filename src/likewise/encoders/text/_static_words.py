"""Token ids of whole batches by a table of words, for tokenizers whose result is that of the words one by one.

A BERT pre-tokenizer splits at white space and around punctuation, and its normaliser looks at single characters, so the
tokens of a text are those of its words in a row. Every word is asked of the tokenizer once; after that a batch is a few
passes over its bytes: about 10 times as fast as the tokenizer itself, and equal to it (tests/encoders/test_static.py).
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from typing import Final, final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

__all__ = ["Words", "wordwise"]

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Encode = Callable[[Sequence[str]], list[list[int]]]

_WHITE: Final = 0
_MARK: Final = 1
_LETTER: Final = 2
_KINDS: Final = bytes(
    _WHITE if chr(b) in " \t\n\r" else _MARK if chr(b) in string.punctuation else _LETTER for b in range(256)
)
_LOWER: Final = bytes(range(256)).lower()
_SHORT: Final = 15  # bytes of a word that fit a key: 8 in its low half, 7 and the length in its high half
_MASKS: Final = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)
_BITS: Final = 18
_SLOTS: Final = 1 << _BITS
_MOST: Final = _SLOTS // 2  # words kept; then the table starts afresh
_MIX: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0xD6E8FEB86659FD93))


def wordwise(tokenizer: Tokenizer) -> bool:
    """Whether the tokens of any text are those of its words one by one."""
    normal = tokenizer.normalizer is None or isinstance(tokenizer.normalizer, BertNormalizer)
    reaching = [t.content for t in tokenizer.get_added_tokens_decoder().values() if not t.special]
    return normal and isinstance(tokenizer.pre_tokenizer, BertPreTokenizer) and not reaching


@final
class Words:
    """A table of words and their token ids, filled from `encode` as words are met; bounded at 131,072 words."""

    def __init__(self, encode: Encode, lowercase: bool) -> None:
        self._encode, self._lowercase = encode, lowercase
        self._clear()

    def _clear(self) -> None:
        self._low: Keys = np.zeros(_SLOTS, np.uint64)
        self._high: Keys = np.zeros(_SLOTS, np.uint64)  # holds the length, so that 0 is an empty slot
        self._slot: Ints = np.zeros(_SLOTS, np.int64)
        self._long: dict[bytes, int] = {}
        self._count = self._used = 0
        self._starts: Ints = np.zeros(_MOST, np.int64)
        self._lengths: Ints = np.zeros(_MOST, np.int64)
        self._ids: NDArray[np.int32] = np.zeros(_MOST, np.int32)

    def ids(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], Ints]:
        """The ids of all texts in a row, and how many each has.

        The texts must be encodable as UTF-8 and hold fewer than 131,072 words at once.
        """
        rows = [text.encode() for text in texts]
        joined = b"\n".join(rows)
        ends = np.cumsum([len(row) + 1 for row in rows])
        starts, stops, content = self._cut(joined)
        words = self._look_up(starts, stops, content)
        lengths = self._lengths[words]
        total = np.concatenate([[0], np.cumsum(lengths)])
        ids = self._ids[np.repeat(self._starts[words] - total[:-1], lengths) + np.arange(total[-1])]
        until = total[np.searchsorted(starts, ends)]
        return ids, np.diff(until, prepend=0)

    def _cut(self, joined: bytes) -> tuple[Ints, Ints, bytes]:
        """Where words start and stop, and the bytes to read them from, padded for keys."""
        kinds = np.frombuffer(joined.translate(_KINDS), np.uint8)
        letter = np.zeros(len(kinds) + 2, dtype=bool)
        np.equal(kinds, _LETTER, out=letter[1:-1])
        mark = kinds == _MARK
        starts = np.flatnonzero(mark | (letter[1:-1] & ~letter[:-2]))
        stops = np.flatnonzero(mark | (letter[1:-1] & ~letter[2:])) + 1
        return starts, stops, (joined.translate(_LOWER) if self._lowercase else joined) + bytes(16)

    def _look_up(self, starts: Ints, stops: Ints, content: bytes) -> Ints:
        """The number of every word; unknown ones are learned."""
        low, high = _keys(starts, stops, content)
        long = np.flatnonzero(stops - starts > _SHORT)
        strange = [content[starts[i] : stops[i]] for i in long]
        words, found = self._probe(low, high)
        found[long] = True
        fresh = np.unique(np.stack([low[~found], high[~found]]), axis=1)
        new = [word for word in dict.fromkeys(strange) if word not in self._long]
        if fresh.size or new:
            if self._count + fresh.shape[1] + len(new) > _MOST:
                self._clear()
                return self._look_up(starts, stops, content)
            self._learn(fresh, new)
            words, _ = self._probe(low, high)
        words[long] = [self._long[word] for word in strange]
        return words

    def _probe(self, low: Keys, high: Keys) -> tuple[Ints, NDArray[np.bool_]]:
        """The number of every key (linear probing, all keys a step at a time), and whether it is there."""
        slots = _hash(low, high)
        there = self._high[slots]
        found = (there == high) & (self._low[slots] == low)
        left = np.flatnonzero(~found & (there != 0))
        while len(left):
            slots[left] = (slots[left] + 1) & (_SLOTS - 1)
            there = self._high[slots[left]]
            same = (there == high[left]) & (self._low[slots[left]] == low[left])
            found[left] = same
            left = left[~same & (there != 0)]
        return self._slot[slots], found

    def _learn(self, fresh: Keys, long: Sequence[bytes]) -> None:
        low, high = fresh
        sizes = (high >> np.uint64(56)).astype(np.int64)
        short = [(low[i].tobytes() + high[i].tobytes())[:n] for i, n in enumerate(sizes)]
        slots = _hash(low, high)
        for i, slot in enumerate(slots.tolist()):
            at = slot
            while self._high[at]:
                at = (at + 1) & (_SLOTS - 1)
            self._low[at], self._high[at], self._slot[at] = low[i], high[i], self._count + i
        self._long |= {word: self._count + len(short) + i for i, word in enumerate(long)}
        self._keep(self._encode([word.decode() for word in (*short, *long)]))

    def _keep(self, rows: Sequence[Sequence[int]]) -> None:
        """Append the ids of the next words."""
        sizes = [len(row) for row in rows]
        some = slice(self._count, self._count + len(rows))
        self._lengths[some] = sizes
        self._starts[some] = self._used + np.cumsum([0, *sizes])[:-1]
        used = self._used + sum(sizes)
        if used > len(self._ids):
            self._ids = np.concatenate([self._ids, np.zeros(max(len(self._ids), used), np.int32)])
        self._ids[self._used : used] = [i for row in rows for i in row]
        self._count, self._used = some.stop, used


def _keys(starts: Ints, stops: Ints, content: bytes) -> tuple[Keys, Keys]:
    """Two 64-bit halves of every word: exact up to 15 bytes, its first bytes beyond."""
    view: Keys = np.ndarray((len(content) - 7,), dtype="<u8", buffer=content, strides=(1,))
    sizes = np.minimum(stops - starts, _SHORT)
    low = view[starts] & _MASKS[np.minimum(sizes, 8)]
    high = view[starts + 8] & _MASKS[np.maximum(sizes - 8, 0)]
    return low, high | (sizes.astype(np.uint64) << np.uint64(56))


def _hash(low: Keys, high: Keys) -> Ints:
    mixed = low * _MIX[0] + high * _MIX[1]
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX[2]
    slots: Ints = (mixed >> np.uint64(64 - _BITS)).astype(np.int64)
    return slots
