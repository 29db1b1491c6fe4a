"""Find what does not belong: points that stand apart from the others, or from what is known to be normal, and why."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._outlying import METHODS, Method, Outlying, outlying
from likewise.apps._points import Source, meet, points
from likewise.apps._words_of import words_of
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.types import Passage, Points, Report

__all__ = ["anomalies"]

_FENCE: Final = 3.0
"""How many interquartile ranges above the third quartile a score is far out (Tukey 1977)."""
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_WORDS: Final = 5


@final
@dataclass(frozen=True, slots=True)
class Anomaly:
    """A point, how far it stands out, and why.

    `p` is the share of normal points that stand out as much, where some are known to be normal; `nearest` is the
    nearest other point, `cosine` how near; `words` are those that stand nowhere else.
    """

    passage: Passage
    score: float
    p: float | None
    flagged: bool
    nearest: Passage
    cosine: float
    words: tuple[str, ...]
    why: str


@final
@dataclass(frozen=True, slots=True)
class Anomalies:
    """The farthest out first; `scores` are those of all points in their order, `flagged` how many are beyond the bound.

    `rule` says what is flagged.
    """

    ranked: tuple[Anomaly, ...]
    ids: tuple[str, ...]
    scores: tuple[float, ...]
    flagged: int
    rule: str
    refused: tuple[Report, ...] = ()


def anomalies(
    source: Source,
    normal: Source | None = None,
    *,
    model: str | os.PathLike[str] | Encoder | None = None,
    method: Method = "knn",
    k: int = 10,
    alarms: float = 0.01,
    top: int = 20,
    seed: int = 0,
) -> Anomalies:
    """The points of a source that do not belong to the others, or with `normal` not to what is known to be normal.

    `method` is knn (1 - mean cosine of the `k` nearest), lof (how much denser its neighbours stand) or isolation (a
    forest). With `normal`, a point is flagged where at most the share `alarms` of normal ones stand out as much (a
    conformal p-value: that share of normal points is flagged in the long run); without, where its score is more than
    three interquartile ranges above the third quartile. The `top` and all flagged are explained. Raises InputError for
    settings that cannot be meant and for fewer than three points.
    """
    _fit(method, k, alarms, top)
    found = points(source, model=model)
    known = None if normal is None else points(normal, model=model)
    beside = known or found
    if len(beside) < 3:
        raise InputError(f"{len(beside)} points are too few to tell what belongs: give at least 3")
    if known is not None:
        meet(found, known)
    made = outlying(found.units, None if known is None else known.units, method, k, seed)
    shares = _shares(made) if known is not None else None
    bound = _far_out(made.scores)
    flagged = made.scores > bound if shares is None else shares <= alarms
    order = np.argsort(-made.scores, kind="stable")
    told = order[: max(top, int(flagged.sum()))]
    ranked = _explained(found, beside, made, told, (flagged, shares))
    rule = (
        f"score above {bound:.4f}, three interquartile ranges above the third quartile"
        if shares is None
        else f"at most {alarms:.2%} of {len(made.normal):,} normal points stand out as much"
    )
    refused = found.refused + (() if known is None else known.refused)
    scores = tuple(float(score) for score in made.scores)
    return Anomalies(ranked, found.embeddings.ids, scores, int(flagged.sum()), rule, refused)


def _fit(method: Method, k: int, alarms: float, top: int) -> None:
    if method not in METHODS:
        raise InputError(f"method is {method!r}, wanted one of {', '.join(METHODS)}")
    if k < 1 or top < 0:
        raise InputError(f"k is {k} and top is {top}, wanted at least 1 and 0")
    if not 0 < alarms < 1:
        raise InputError(f"alarms is {alarms}, wanted a share between 0 and 1")


def _shares(made: Outlying) -> NDArray[np.float64]:
    """Conformal p-values: the share of normal points, and of the point itself, that stand out as much."""
    known = np.sort(made.normal)
    as_much = len(known) - np.searchsorted(known, made.scores, side="left")
    shares: NDArray[np.float64] = (1 + as_much) / (1 + len(known))
    return shares


def _far_out(scores: NDArray[np.float64]) -> float:
    low, high = np.quantile(scores, [0.25, 0.75])
    return float(high + _FENCE * (high - low))


def _explained(
    found: Points,
    beside: Points,
    made: Outlying,
    told: NDArray[np.intp],
    verdicts: tuple[NDArray[np.bool_], NDArray[np.float64] | None],
) -> tuple[Anomaly, ...]:
    usual = float(np.median(made.cosines))
    seen = Counter(word for passage in beside.passages for word in _words(passage))
    alone = 1 if beside is found else 0
    flagged, shares = verdicts
    ranked = []
    for row in told:
        passage, near = found.passages[row], beside.passages[made.nearest[row]]
        words = tuple(word for word in _words(passage) if seen[word] <= alone)[:_WORDS]
        p = None if shares is None else float(shares[row])
        why = _why(float(made.cosines[row]), usual, words, p)
        cosine = float(made.cosines[row])
        score = float(made.scores[row])
        ranked.append(Anomaly(passage, score, p, bool(flagged[row]), near, cosine, words, why))
    return tuple(ranked)


def _words(passage: Passage) -> Sequence[str]:
    """The distinct words of a passage, in its order."""
    return list(dict.fromkeys(_WORD.findall(words_of(passage).casefold())))


def _why(cosine: float, usual: float, words: tuple[str, ...], p: float | None) -> str:
    told = [f"its nearest neighbour has a cosine of {cosine:.2f}, where half of all have {usual:.2f} or more"]
    if p is not None:
        told.append(f"{p:.2%} of normal points stand out as much")
    if words:
        told.append(f"words that stand nowhere else: {', '.join(words)}")
    return "; ".join(told)
