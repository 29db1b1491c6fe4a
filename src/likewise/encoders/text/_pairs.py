"""Pairs of a question and a text as tokens, by the pair template of the tokenizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece
from likewise.encoders.text._tokens import TokenCutter
from likewise.errors import InputError
from likewise.runtimes import Tokens
from likewise.types import Role

__all__ = ["Pair", "PairCutter", "PairFrame", "longest_first"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One input: `ids` and, for each, `types`, which of the two texts it belongs to, both `(t,)`."""

    ids: Tokens
    types: Tokens


@final
class PairFrame:
    """What the tokenizer puts before, between and behind two texts; `size` counts these tokens."""

    def __init__(self, tokens: TokenCutter) -> None:
        encoded = tokens.tokenizer.encode("a", "b")
        ids, types = (np.array(row, dtype=np.int32) for row in (encoded.ids, encoded.type_ids))
        whose = encoded.sequence_ids
        first, second = ([i for i, owner in enumerate(whose) if owner == text] for text in (0, 1))
        cuts = [first[0], first[-1] + 1, second[0], second[-1] + 1]
        (head, _, between, _, tail) = np.split(ids, cuts)
        self._ids = head, between, tail
        (before, one, middle, two, behind) = np.split(types, cuts)
        self._types = before, one[:1], middle, two[:1], behind
        self.size = len(head) + len(between) + len(tail)

    def pair(self, one: Tokens, other: Tokens) -> Pair:
        """Two texts as one input."""
        head, between, tail = self._ids
        before, first, middle, second, behind = self._types
        types = [before, np.repeat(first, len(one)), middle, np.repeat(second, len(other)), behind]
        return Pair(np.concatenate([head, one, between, other, tail]), np.concatenate(types))


def longest_first(one: int, other: int, room: int) -> tuple[int, int]:
    """How many tokens of two texts are kept in `room`: the longer is cut until they are equal, then both.

    As the tokenizers library does it (`TruncationStrategy::LongestFirst`).
    """
    if one + other <= room:
        return one, other
    short, long = sorted((one, other))
    long = max(short, room - short)
    if short + long > room:
        short, long = room // 2, room // 2 + room % 2
    return (short, long) if one <= other else (long, short)


@final
class PairCutter(Cutter):
    """Cuts texts into pairs with one query, of up to `tokens.max_length` tokens.

    With overflow `mean` a text that does not fit comes in several pieces, each with the query, which gets up to three
    quarters of the room.
    """

    def __init__(self, tokens: TokenCutter, frame: PairFrame, query: str) -> None:
        self._tokens, self._frame = tokens, frame
        self._room = tokens.max_length - frame.size
        self._most = max(1, 3 * self._room // 4)
        if self._room < 2:
            raise InputError(f"max_length={tokens.max_length} leaves no room for two texts: take more")
        if not isinstance(query, str):
            raise InputError(f"the query is {type(query).__name__}, wanted str")
        (rows,) = tokens.rows([query], "", [""])
        self._query = np.concatenate(list(rows))

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("text",)

    def count(self, contents: Sequence[Any]) -> list[int]:
        return self._tokens.count(contents)

    def capacity(self, role: Role) -> int:  # noqa: ARG002 the contract's
        return self._room - min(len(self._query), self._most)

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:  # noqa: ARG002
        texts = [content if isinstance(content, str) else "" for content in contents]
        notes = [""] * len(texts)
        for i, (content, rows) in enumerate(zip(contents, self._tokens.rows(texts, "", notes), strict=True)):
            if isinstance(content, str):
                cut = Cut()
                cut.pieces = self._pieces(cut, rows, overflow, partial(notes.__getitem__, i))
                yield cut
            else:
                yield Cut(error=f"content is {type(content).__name__}, wanted str")

    def _pieces(self, cut: Cut, rows: Iterator[Tokens], overflow: Overflow, note: Any) -> Iterator[Piece]:
        ids = np.concatenate(list(rows))
        cut.seen, cut.note = len(ids), note()
        asked, kept = longest_first(len(self._query), len(ids), self._room)
        over = asked + kept < len(self._query) + len(ids)
        if over and overflow == "error":
            cut.error = (
                f"holds {len(ids)} tokens beside {len(self._query)} of the query, one input holds {self._room}: "
                "split it, or take overflow truncate or split"
            )
            return
        if over and overflow == "mean":
            asked = min(len(self._query), self._most)
            kept = self._room - asked
        if asked < len(self._query):
            told = f"the query was cut to {asked} of {len(self._query)} tokens"
            cut.note = f"{cut.note}; {told}" if cut.note else told
        runs = range(0, max(1, len(ids)), max(1, kept)) if overflow == "mean" else (0,)
        for start in runs:
            pair = self._frame.pair(self._query[:asked], ids[start : start + kept])
            cut.used += len(ids[start : start + kept])
            yield Piece(pair, len(pair.ids))
        cut.truncated = cut.used < len(ids) or asked < len(self._query)
