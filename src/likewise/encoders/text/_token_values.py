"""A vector for every token: what a token encoder gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import final, overload

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.types import Report, Space, Vectors

__all__ = ["TextTokens", "TokenEmbeddings"]


@final
@dataclass(frozen=True, slots=True)
class TextTokens:
    """The tokens of one text in their order, without prompt and special tokens; none where the text failed.

    `vectors` `(t, dim)` float32; `places` `(t, 2)`, the first character in the caller's text and the one after the
    last; `pieces` as the vocabulary writes them, such as `##ing` or `Ġbank`.
    """

    id: str
    pieces: tuple[str, ...]
    places: NDArray[np.int64]
    vectors: Vectors = field(repr=False)
    report: Report

    def __post_init__(self) -> None:
        count = len(self.pieces)
        if self.places.shape != (count, 2) or self.vectors.ndim != 2 or len(self.vectors) != count:
            raise InputError(
                f"{count} pieces, places {self.places.shape} and vectors {self.vectors.shape} do not belong together"
            )

    def __len__(self) -> int:
        return len(self.pieces)

    def covering(self, start: int, end: int) -> NDArray[np.int64]:
        """The numbers of the tokens that hold any of the characters `start` to `end`."""
        return np.flatnonzero((self.places[:, 0] < end) & (self.places[:, 1] > start))

    def word(self, start: int, end: int) -> Vectors:
        """The mean `(dim,)` of the tokens that hold any of the characters `start` to `end`.

        Raises InputError where none does.
        """
        found = self.covering(start, end)
        if not len(found):
            raise InputError(f"no token of text {self.id!r} holds any of the characters {start} to {end}")
        mean: Vectors = self.vectors[found].mean(axis=0, dtype=np.float64).astype(np.float32)
        return mean


@final
@dataclass(frozen=True, slots=True)
class TokenEmbeddings(Sequence[TextTokens]):
    """The tokens of several texts, in the caller's order, in one space."""

    texts: tuple[TextTokens, ...]
    space: Space

    @property
    def failed(self) -> tuple[Report, ...]:
        return tuple(text.report for text in self.texts if not text.report.ok)

    @overload
    def __getitem__(self, at: int) -> TextTokens: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[TextTokens, ...]: ...
    def __getitem__(self, at: int | slice) -> TextTokens | tuple[TextTokens, ...]:
        return self.texts[at]

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[TextTokens]:
        return iter(self.texts)
