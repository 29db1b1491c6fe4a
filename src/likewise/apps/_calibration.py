"""A calibration: what a cosine of one space says of a match, kept as a small JSON file that others take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.apps._facts import Facts
from likewise.errors import InputError
from likewise.types import Role, Space

__all__ = ["Calibration"]

_FACTS: Final = Facts("likewise calibration 1", "calibration", "likewise calibrate")
_CURVES: Final = ("cosines", "probabilities", "low", "high")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The probability that two things match, for their cosine in `space`: rising curves, linear between `cosines`.

    `low` and `high` are the ends of a 95 % interval at each cosine. `prior` is the share of matches among the pairs
    that it was made from: where matches are rarer or more frequent, say so to `probability`. `roles` are those of the
    two sides. `cut` is the cosine from which two things count as the same, where `rule` chose one (verify_pairs).
    """

    space: Space
    roles: tuple[Role, Role]
    method: str
    pairs: int
    matches: int
    cosines: Floats
    probabilities: Floats
    low: Floats
    high: Floats
    cut: float | None = None
    rule: str = ""

    def __post_init__(self) -> None:
        curves = [getattr(self, name) for name in _CURVES]
        if any(c.ndim != 1 or len(c) != len(self.cosines) or not np.isfinite(c).all() for c in curves):
            raise InputError("the curves of a calibration are finite and of one length")
        if (np.diff(self.cosines) <= 0).any() or any((np.diff(c) < -1e-9).any() for c in curves):
            raise InputError("the curves of a calibration rise with the cosine")
        if any(((c < 0) | (c > 1)).any() for c in curves[1:]) or not 0 < self.matches < self.pairs:
            raise InputError("probabilities lie from 0 to 1, and there are pairs of both kinds")

    @property
    def prior(self) -> float:
        return self.matches / self.pairs

    def check(self, space: Space) -> None:
        """Raises SpaceError unless cosines of this space are what the calibration was made from."""
        _FACTS.check(self.space, space)

    def probability(self, cosines: ArrayLike, prior: float | None = None) -> Floats:
        """Probabilities of a match at cosines of any shape, where `prior` of all pairs match (None: as in its pairs).

        Another prior moves the odds by the odds of the two priors (Elkan, "The foundations of cost-sensitive learning",
        2001).
        """
        return self._at(self.probabilities, cosines, prior)

    def band(self, cosines: ArrayLike, prior: float | None = None) -> tuple[Floats, Floats]:
        """The ends of the 95 % interval of `probability`."""
        return self._at(self.low, cosines, prior), self._at(self.high, cosines, prior)

    def threshold(self, probability: float, prior: float | None = None) -> float:
        """The least cosine at which a match is so probable; infinity where no cosine is enough."""
        if not 0 < probability < 1:
            raise InputError(f"probability is {probability}, wanted above 0 and below 1")
        curve = self._at(self.probabilities, self.cosines, prior)
        if curve[-1] < probability:
            return float("inf")
        after = int(np.argmax(curve >= probability))
        if after == 0:
            return float(self.cosines[0])
        share = (probability - curve[after - 1]) / (curve[after] - curve[after - 1])
        return float(self.cosines[after - 1] + share * (self.cosines[after] - self.cosines[after - 1]))

    def _at(self, curve: Floats, cosines: ArrayLike, prior: float | None) -> Floats:
        found: Floats = np.interp(np.asarray(cosines, np.float64), self.cosines, curve)
        if prior is None:
            return found
        if not 0 < prior < 1:
            raise InputError(f"prior is {prior}, wanted above 0 and below 1: the share of pairs that match")
        odds = prior / (1 - prior) * (1 - self.prior) / self.prior
        moved: Floats = odds * found / (1 - found + odds * found)
        return moved

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as JSON; whatever takes a calibration reads it back by `Calibration.load`."""
        facts: dict[str, Any] = {
            "roles": self.roles,
            "method": self.method,
            "pairs": self.pairs,
            "matches": self.matches,
            "cut": self.cut,
            "rule": self.rule,
        }
        facts |= {name: [round(float(x), 6) for x in getattr(self, name)] for name in _CURVES}
        _FACTS.save(path, self.space, facts)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The calibration of a file. Raises InputError for one that `save` did not write."""
        return _FACTS.load(path, cls._of)

    @classmethod
    def _of(cls, space: Space, facts: dict[str, Any]) -> Self:
        left, right = facts["roles"]
        if not {left, right} <= set(get_args(Role)):
            raise ValueError(f"its roles are {left!r} and {right!r}")
        cosines, probabilities, low, high = (np.array(facts[curve], dtype=np.float64) for curve in _CURVES)
        return cls(
            space,
            (left, right),
            str(facts["method"]),
            int(facts["pairs"]),
            int(facts["matches"]),
            cosines,
            probabilities,
            low,
            high,
            None if facts["cut"] is None else float(facts["cut"]),
            str(facts["rule"]),
        )
