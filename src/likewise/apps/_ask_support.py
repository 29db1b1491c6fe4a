"""How far sources support an answer, and from where on that is enough: learned from questions with known sources."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._curve import GRID, fitted
from likewise.apps._facts import Facts
from likewise.errors import InputError
from likewise.metrics._interval import Interval, wilson
from likewise.types import Space

__all__ = ["Support", "coverage", "fit", "support"]

_FACTS: Final = Facts("likewise support 1", "threshold of ask", "likewise abstain")
_WORD: Final = re.compile(r"\w+")
Floats = NDArray[np.float64]


def fit(questions: int, lost: float) -> None:
    """Raises InputError where a threshold cannot be learned from so many questions, or at such a loss."""
    if questions < 20:
        raise InputError(f"{questions} questions are too few to learn a threshold from: give 20 at least")
    if not 0 < lost < 1:
        raise InputError(f"lost is {lost}, wanted a share above 0 and below 1, such as 0.1")


def coverage(question: str, texts: Sequence[str], seen: Iterable[str]) -> Floats:
    """The share of the words of a question that each text holds `(n,)`; a word that few texts `seen` hold counts more.

    A word weighs log((n + 1) / (texts that hold it + 0.5)), Robertson's and Spärck Jones's weight, over what was looked
    at; where every text holds every word, all weigh the same.
    """
    asked = sorted(_words(question))
    known = [_words(text) for text in seen]
    holders = np.array([sum(word in one for one in known) for word in asked])
    weights = np.maximum(np.log((len(known) + 1) / (holders + 0.5)), 0.0)
    if not weights.sum():
        weights = np.ones(len(asked))
    shares = [sum(w for w, word in zip(weights, asked, strict=True) if word in one) for one in map(_words, texts)]
    return np.asarray(shares, np.float64) / max(float(weights.sum()), 1e-12)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def support(passage: Floats, sentence: Floats, covered: Floats) -> Floats:
    """How far each source supports an answer, from about 0 to 1: the mean of three that go wrong in different ways.

    The cosine of the question with the passage, with the best sentence of it, and the share of its words that the
    passage holds.
    """
    return (passage + sentence + covered) / 3


@final
@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """From which support on an answer is given in one space (`cut`), and the probability that it is there (`curve`).

    `kept` is the share of answerable questions that are answered, `refused` that of unanswerable ones that are not,
    each with its 95 % interval, over the questions that it was learned from (None: it was not learned).
    """

    space: Space
    cut: float
    curve: Floats
    questions: int
    kept: Interval | None = None
    refused: Interval | None = None

    def probability(self, value: float) -> float:
        """That the sources hold the answer, where half of all questions are answerable."""
        return float(np.interp(value, GRID[200:], self.curve))

    def check(self, space: Space) -> None:
        """Raises SpaceError where it was learned in another space."""
        _FACTS.check(self.space, space)

    @classmethod
    def learned(cls, space: Space, answerable: Floats, unanswerable: Floats, lost: float) -> Self:
        """From the supports of questions with their answers there, and with these taken away.

        The cut is the highest that refuses no more than the share `lost` of answerable questions. Raises InputError for
        fewer than 20 questions of a kind.
        """
        fit(min(len(answerable), len(unanswerable)), lost)
        cut = float(np.quantile(answerable, lost, method="lower"))
        both = np.concatenate([answerable, unanswerable])
        yes = np.concatenate([np.ones(len(answerable)), np.zeros(len(unanswerable))])
        curve = fitted("logistic", both, yes, 1 - yes)[200:]
        kept, refused = int((answerable >= cut).sum()), int((unanswerable < cut).sum())
        told = wilson(kept, len(answerable)), wilson(refused, len(unanswerable))
        return cls(space, cut, curve, len(answerable), *told)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as a small JSON file."""
        facts: dict[str, Any] = {
            "cut": self.cut,
            "questions": self.questions,
            "kept": _ends(self.kept),
            "refused": _ends(self.refused),
            "curve": [round(float(x), 6) for x in self.curve],
        }
        _FACTS.save(path, self.space, facts)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The threshold of a file. Raises InputError for one that `save` did not write."""
        return _FACTS.load(path, cls._of)

    @classmethod
    def _of(cls, space: Space, facts: dict[str, Any]) -> Self:
        curve = np.array(facts["curve"], dtype=np.float64)
        if curve.shape != GRID[200:].shape or not np.isfinite(curve).all():
            raise ValueError("its curve is damaged")
        told = (None if facts[k] is None else Interval(*map(float, facts[k])) for k in ("kept", "refused"))
        return cls(space, float(facts["cut"]), curve, int(facts["questions"]), *told)


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.mean, interval.low, interval.high]
