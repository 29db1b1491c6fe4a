"""The answers of two sides to the same texts, paired: which texts both answered, and what became of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from likewise.apps._sides import Answers
from likewise.apps._texts import Text
from likewise.apps._verdict import Lengths, Lost
from likewise.types import Vectors

__all__ = ["Pairs"]

_DIFFERING = 20


@dataclass(frozen=True, slots=True)
class Pairs:
    """Texts with the answers of the model (`mine`) and of the reference (`theirs`), in one order."""

    texts: Sequence[Text]
    mine: Answers
    theirs: Answers

    @property
    def compared(self) -> list[Text]:
        """The texts that both answered."""
        return [text for text, a, b in self._errors() if not (a or b)]

    @property
    def answered(self) -> list[Text]:
        """The texts that the model answered."""
        return [text for text, a, _ in self._errors() if not a]

    @property
    def vectors(self) -> tuple[Vectors, Vectors]:
        """The vectors of both for the texts that both answered."""
        good = np.array([not (a or b) for _, a, b in self._errors()], dtype=bool)
        return self.mine.vectors[good], self.theirs.vectors[good]

    @property
    def lost(self) -> Iterator[Lost]:
        """The texts that one or both failed on."""
        for text, a, b in self._errors():
            if a and b:
                yield Lost(text.id, "both", a if a == b else f"{a}; the reference: {b}")
            elif a or b:
                yield Lost(text.id, "model" if a else "reference", a or b)

    @property
    def lengths(self) -> Lengths:
        """How the tokens differ that the two saw and used."""
        rows = zip(self.texts, self.mine.lengths, self.theirs.lengths, strict=True)
        told = [(text.id, a, b) for text, a, b in rows if a and b]
        seen = {name for name, a, b in told if a.seen != b.seen}
        used = {name for name, a, b in told if a.used != b.used}
        return Lengths(
            told=len(told),
            seen_differ=len(seen),
            used_differ=len(used),
            cut=sum(a.truncated for _, a, _ in told),
            cut_by_reference=sum(b.truncated for _, _, b in told),
            differing=tuple(name for name, _, _ in told if name in seen | used)[:_DIFFERING],
        )

    def _errors(self) -> Iterator[tuple[Text, str, str]]:
        return zip(self.texts, self.mine.errors, self.theirs.errors, strict=True)
