"""Errors of a threshold over weighted pairs, with intervals: false matches, false non-matches, EER, precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._compared import Compared
from likewise.errors import InputError
from likewise.metrics import rates
from likewise.metrics._interval import Interval, bootstrapped, wider
from likewise.metrics._rates import crossing

__all__ = ["Errors", "Rule", "errors_at", "figures", "rule"]

_TIMES: Final = 500
_CELLS: Final = 4_001

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class Errors:
    """What saying "same from this cosine on" costs: shares of others let in and of matches turned away; precision.

    `precision` is the share of matches among what is called the same, where matches are as frequent as in these pairs.
    """

    false_matches: Interval
    false_nonmatches: Interval
    precision: Interval
    pairs: int


@final
@dataclass(frozen=True, slots=True)
class Rule:
    """How a threshold is chosen: eer, fmr (at most `value` of others let in) or precision (at least `value`)."""

    name: str
    value: float = 0.0

    def __str__(self) -> str:
        return f"{self.name}={self.value:g}" if self.value else self.name

    def threshold(self, cosines: Floats, matches: NDArray[np.bool_]) -> float:
        """The cosine from which two count as the same; infinity where none keeps the rule."""
        found = rates(cosines, matches)
        if self.name == "eer":
            at = int(np.argmin(np.abs(found.accepted - found.missed)))
            return float(found.thresholds[at])
        if self.name == "fmr":
            return float(found.thresholds[np.flatnonzero(found.accepted <= self.value)[-1]])
        right, wrong = (1 - found.missed) * matches.sum(), found.accepted * (~matches).sum()
        kept = np.flatnonzero((right + wrong > 0) & (right >= self.value * (right + wrong)))
        return float(found.thresholds[kept[-1]]) if len(kept) else float("inf")


def rule(text: str) -> Rule:
    """The rule that a text names: eer, fmr=0.01, precision=0.95."""
    name, _, number = text.partition("=")
    if name == "eer" and not number:
        return Rule("eer")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if name in ("fmr", "precision") and 0 < value < 1:
        return Rule(name, value)
    raise InputError(f"{text!r} names no threshold; write eer, fmr=0.01 (others let in) or precision=0.95")


def errors_at(
    threshold: float | Floats, cosines: Floats, matches: NDArray[np.bool_], units: Counts, seed: int
) -> Errors:
    """The errors of a threshold, or of one for each pair `(n,)`, with 95 % intervals over draws of the units."""
    said = cosines >= threshold

    def shares(weights: Counts) -> Floats:
        yes, no = (weights * matches).sum(), (weights * ~matches).sum()
        let, right = (weights * (said & ~matches)).sum(), (weights * (said & matches)).sum()
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.array([let / no, 1 - right / yes, right / (right + let)], dtype=np.float64)

    there = shares(np.ones(len(cosines), np.int64))
    low, high = _ends(shares, units, seed)
    a, b, c = (Interval(float(m), float(lo), float(hi)) for m, lo, hi in zip(there, low, high, strict=True))
    return Errors(a, b, c, len(cosines))


def figures(found: Compared, seed: int) -> tuple[Floats, Floats]:
    """The ends of 95 % intervals of EER, minimum detection cost (prior 0.01) and AUROC; pairs are counted in cells."""
    at = np.rint((found.cosines + 1) * (_CELLS - 1) / 2).astype(np.int64)

    def drawn(weights: Counts) -> Floats:
        yes = np.bincount(at, weights * found.matches, _CELLS)[::-1]
        no = np.bincount(at, weights * ~found.matches, _CELLS)[::-1]
        if not (yes.any() and no.any()):
            return np.full(3, np.nan)
        let, missed = (np.append(0, np.cumsum(side)) / side.sum() for side in (no, yes))
        missed = 1 - missed
        area = float(((1 - missed[1:] + 1 - missed[:-1]) / 2 * np.diff(let)).sum())
        return np.array([crossing(let, missed), (0.01 * missed + 0.99 * let).min() / 0.01, area])

    return _ends(drawn, found.units, seed)


def _ends(statistic: Callable[[Counts], Floats], units: Counts, seed: int) -> tuple[Floats, Floats]:
    """The ends of 95 % intervals of what lies from 0 to 1, widened for as few units as there are: ten speakers, say."""
    there = statistic(np.ones(len(units), np.int64))
    low, high = bootstrapped(statistic, units, _TIMES, seed)
    more = wider(max(len(np.unique(units)), 2))
    return np.clip(there - more * (there - low), 0, 1), np.clip(there + more * (high - there), 0, 1)
