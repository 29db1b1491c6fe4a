"""An answer without a generator: the sentences of the sources that answer best, quoted as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._ask_choose import Chosen
from likewise.apps._ask_marks import instructions
from likewise.apps._mmr import mmr
from likewise.apps._normalized import normalized
from likewise.encoders import Encoder
from likewise.modalities import sentences
from likewise.types import Vectors

__all__ = ["Quote", "Sentences", "read"]

_DIVERSITY: Final = 0.3
_NEAR: Final = 0.75
"""How near a sentence must come to the best one to be quoted beside it."""


@final
@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a source: characters `start` to `end` of the passage of source `number`."""

    text: str
    number: int
    start: int
    end: int


@final
@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """What can be quoted of the sources, with unit vectors `(n, dim)`, cosines with the question `(n,)`, and those of
    the passages that they stand in."""

    all: tuple[Quote, ...]
    units: Vectors
    cosines: NDArray[np.float64]
    passages: NDArray[np.float64]

    def best(self, number: int) -> float:
        """The cosine of the best sentence of a source; 0 where nothing of it can be quoted."""
        own = [float(c) for quote, c in zip(self.all, self.cosines, strict=True) if quote.number == number]
        return max(own, default=0.0)

    def quotes(self, most: int) -> list[Quote]:
        """Up to `most` sentences, in the order of their sources.

        A sentence counts by its own cosine and by that of its passage, half and half; the first is the best one, the
        others must come near it and say something else.
        """
        if not self.all:
            return []
        scores = (self.cosines + self.passages) / 2
        rows = [row for row in mmr(scores, self.units, _DIVERSITY) if scores[row] >= _NEAR * scores.max()]
        return [self.all[row] for row in sorted(rows[:most])]


def read(question: Vectors, sources: Sequence[Chosen], encoder: Encoder) -> Sentences:
    """The sentences of sources beside a question `(dim,)` of length 1.

    Left out is what reads as an instruction to a machine; headings and questions too, where a source holds more.
    """
    found = tuple(
        Quote(source.hit.text[start:end], number, start, end)
        for number, source in enumerate(sources, 1)
        for start, end in _spans(source.hit.text)
    )
    vectors = encoder.encode_document([quote.text for quote in found]).vectors
    units = np.nan_to_num(normalized(vectors))
    passages = np.array([sources[quote.number - 1].cosine for quote in found], dtype=np.float64)
    return Sentences(found, units, (units @ question).astype(np.float64), passages)


def _spans(text: str) -> list[tuple[int, int]]:
    barred = instructions(text)
    free = [s for s in sentences(text) if not any(s[0] < end and start < s[1] for start, end in barred)]
    return [s for s in free if _tells(text[slice(*s)])] or free


def _tells(sentence: str) -> bool:
    """Whether it says something: no heading, no question, more than a few words."""
    if sentence.lstrip().startswith("#") or sentence.rstrip().endswith(("?", "？", ":")):
        return False
    return len(sentence.split()) > 3 or len(sentence) > 30
