"""Same or not: a threshold learned from labelled pairs, its errors, and what it says of other pairs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise import parts
from likewise.apps._calibrated import Calibrated, calibrated
from likewise.apps._calibration import Calibration
from likewise.apps._compared import Compared, Given, compared, gathered, pairs_of
from likewise.apps._folds import folds
from likewise.apps._operating import Errors, Rule, errors_at, figures, rule
from likewise.apps._points import Source
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.metrics import rates
from likewise.metrics._interval import Interval
from likewise.types import Report, Role

__all__ = ["verify_pairs"]

_SHOWN: Final = 200


@final
@dataclass(frozen=True, slots=True)
class Told:
    """How well labelled pairs are told apart: equal error rate, minimum detection cost (NIST, prior 0.01), AUROC.

    `errors` are those of the threshold on the pairs that it was chosen by, `held` those on pairs of other items, for
    which it was chosen anew without them (None: too few). `det` are points (cosine, false matches, false non-matches)
    of the detection error trade-off, from the strictest threshold to the loosest.
    """

    pairs: int
    matches: int
    eer: Interval
    min_dcf: Interval
    auroc: Interval
    errors: Errors
    held: Errors | None
    det: tuple[tuple[float, float, float], ...]


@final
@dataclass(frozen=True, slots=True)
class Decided:
    """One pair: its cosine, the probability of a match with its 95 % interval, and same, different or unsure."""

    left: str
    right: str
    cosine: float
    probability: float
    low: float
    high: float
    verdict: str


@final
@dataclass(frozen=True, slots=True)
class Verified:
    """The threshold and its calibration; what labelled pairs say of them (None: a calibration was given); decisions."""

    threshold: float
    rule: str
    calibration: Calibration
    told: Told | None
    decided: tuple[Decided, ...]
    refused: tuple[Report, ...]


def verify_pairs(  # noqa: PLR0913 (each is one setting, given by its name)
    pairs: Given | None = None,
    check: Given | None = None,
    *,
    source: Source | None = None,
    by: str = "",
    model: str | os.PathLike[str] | Encoder | None = None,
    roles: tuple[Role, Role] = ("document", "document"),
    columns: Sequence[str | None] = (None, None, None),
    at: str = "eer",
    calibration: Calibration | str | os.PathLike[str] | None = None,
    prior: float | None = None,
    sure: float = 0.0,
    seed: int = 0,
) -> Verified:
    """Whether two things are the same: the threshold that labelled `pairs` give, and the verdict on those of `check`.

    `pairs`, `source`, `by`, `model`, `roles` and `columns` are as for `calibrate`; `check` is a table or triples
    without labels, read alike. `at` says where the threshold lies: eer, fmr=0.01 (at most 1 % of others let in) or
    precision=0.95. A `calibration` (or its file) that was made before stands for labelled pairs. `prior` is the share
    of matches among what is checked; verdicts less probable than `sure` are "unsure". Raises InputError for what
    cannot be meant and SpaceError for a calibration of another space.
    """
    if not 0 <= sure < 1:
        raise InputError(f"sure is {sure}, wanted from 0 to below 1")
    told: Told | None = None
    refused: tuple[Report, ...] = ()
    if calibration is None:
        found = gathered(pairs, source, by, model, roles, columns, seed)
        made = _chosen(calibrated(found, roles, seed=seed), rule(at), found)
        told, refused = _told(found, rule(at), seed), found.refused
    elif pairs is not None or by or check is None:
        raise InputError("a calibration stands for labelled pairs: give it, and pairs to check")
    else:
        made = calibration if isinstance(calibration, Calibration) else Calibration.load(calibration)
    threshold = made.threshold(0.5) if made.cut is None else made.cut
    decided: tuple[Decided, ...] = ()
    if check is not None:
        others = compared(pairs_of(check, columns, labelled=False), source=source, model=model, roles=made.roles)
        made.check(others.space)
        decided, refused = tuple(_decided(others, made, threshold, prior, sure)), (*refused, *others.refused)
    return Verified(threshold, made.rule or "p >= 0.5", made, told, decided, refused)


def _chosen(learned: Calibrated, asked: Rule, found: Compared) -> Calibration:
    cut = asked.threshold(found.cosines, found.matches)
    if cut > 1:
        raise InputError(f"no cosine keeps {asked} on these {len(found)} pairs; ask for less, or give more pairs")
    return replace(learned.calibration, cut=cut, rule=str(asked))


def _told(found: Compared, asked: Rule, seed: int) -> Told:
    low, high = figures(found, seed)
    names = ("eer", "min_dcf", "auroc")
    values = [parts.find("metrics", name)(found.cosines, found.matches) for name in names]
    eer, cost, area = (
        Interval(v, min(float(a), v), max(float(b), v)) for v, a, b in zip(values, low, high, strict=True)
    )
    cut = asked.threshold(found.cosines, found.matches)
    return Told(
        len(found),
        int(found.matches.sum()),
        eer,
        cost,
        area,
        errors_at(cut, found.cosines, found.matches, found.units, seed),
        _held(found, asked, seed),
        _det(found),
    )


def _held(found: Compared, asked: Rule, seed: int) -> Errors | None:
    """The errors of thresholds on pairs of items that they were not chosen by."""
    rows: list[NDArray[np.int64]] = []
    cuts: list[NDArray[np.float64]] = []
    for learned, held in folds(found.units, found.matches, seed=seed):
        rows.append(held)
        cuts.append(np.full(len(held), asked.threshold(found.cosines[learned], found.matches[learned])))
    if not rows:
        return None
    at = np.concatenate(rows)
    return errors_at(np.concatenate(cuts), found.cosines[at], found.matches[at], found.units[at], seed)


def _det(found: Compared) -> tuple[tuple[float, float, float], ...]:
    """Points of the curve; where there are many, those at even steps of either error."""
    curve = rates(found.cosines, found.matches)
    steps = np.linspace(0, 1, _SHOWN)
    at = np.unique(
        np.concatenate([np.searchsorted(curve.accepted, steps), np.searchsorted(-curve.missed, -steps)]).clip(
            1, len(curve.thresholds) - 1
        )
    )
    points = zip(curve.thresholds[at], curve.accepted[at], curve.missed[at], strict=True)
    return tuple((float(t), float(a), float(m)) for t, a, m in points)


def _decided(
    others: Compared, made: Calibration, threshold: float, prior: float | None, sure: float
) -> Iterator[Decided]:
    said = made.probability(others.cosines, prior)
    low, high = made.band(others.cosines, prior)
    for at, (left, right) in enumerate(others.names):
        cosine, p = float(others.cosines[at]), float(said[at])
        same = cosine >= threshold
        unsure = (p if same else 1 - p) < sure
        verdict = "unsure" if unsure else "same" if same else "different"
        yield Decided(left, right, cosine, p, float(low[at]), float(high[at]), verdict)
