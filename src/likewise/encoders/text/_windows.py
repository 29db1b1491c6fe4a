"""Texts of any length as overlapping windows, so that every token is read with its surroundings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece
from likewise.encoders.text._located import Located, located
from likewise.encoders.text._tokens import TokenCutter
from likewise.runtimes import Tokens
from likewise.types import Role

__all__ = ["Window", "WindowCutter", "note", "windows"]

_OVERLAP: Final = 4  # neighbours share a quarter of a window


@dataclass(frozen=True, slots=True)
class Window:
    """What one input holds: `ids`, of which those from `at` on are the tokens `kept` of the text; the rest is context.

    Of what two windows share each keeps the half that is nearer to its middle.
    """

    ids: Tokens
    at: int
    kept: slice
    text: Located


@final
class WindowCutter(Cutter):
    """Cuts texts into windows, whatever `overflow` says; the note of a cut tells of it."""

    def __init__(self, tokens: TokenCutter) -> None:
        self.tokens = tokens

    @property
    def modalities(self) -> tuple[str, ...]:
        return self.tokens.modalities

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:  # noqa: ARG002 see above
        for content in contents:
            if isinstance(content, str):
                text = located(self.tokens, content, role)
                count = len(text.ids)
                yield Cut(windows(self.tokens, text), count, count, note=note(self.tokens, text))
            else:
                yield Cut(error=f"content is {type(content).__name__}, wanted str")

    def count(self, contents: Sequence[Any]) -> list[int]:
        return self.tokens.count(contents)

    def capacity(self, role: Role) -> int:
        return self.tokens.capacity(role)


def windows(tokens: TokenCutter, text: Located) -> Iterator[Piece]:
    """Inputs that hold all tokens of a text, in order."""
    starts, room = _starts(tokens, text)
    shared = room - starts.step
    head, tail = tokens.frame
    before = len(head) + len(text.prompt)
    for start in starts:
        end = min(start + room, len(text.ids))
        first = start + shared // 2 if start else 0
        last = end - (shared - shared // 2) if end < len(text.ids) else end
        ids = np.concatenate([head, text.prompt, text.ids[start:end], tail])
        yield Piece(Window(ids, before + first - start, slice(first, last), text), len(ids))


def note(tokens: TokenCutter, text: Located) -> str:
    """What was mended, and how many windows it took."""
    count = len(_starts(tokens, text)[0])
    read = f"read in {count} overlapping windows" if count > 1 else ""
    return "; ".join(part for part in (text.note, read) if part)


def _starts(tokens: TokenCutter, text: Located) -> tuple[range, int]:
    """Where in the text every window starts, and the content tokens that one holds; the last ends with the text."""
    room = tokens.max_length - sum(map(len, tokens.frame)) - len(text.prompt)
    step = max(1, room - room // _OVERLAP)
    return range(0, max(1, len(text.ids) - (room - step)), step), room
