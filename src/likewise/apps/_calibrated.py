"""A calibration made of compared pairs, and how good it is on pairs that were held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._calibration import Calibration
from likewise.apps._compared import Compared
from likewise.apps._curve import GRID, Method, fitted
from likewise.apps._folds import folds
from likewise.errors import InputError
from likewise.metrics._interval import Interval, bootstrapped, wilson
from likewise.types import Report, Role

__all__ = ["Calibrated", "calibrated"]

_TIMES: Final = 500
_BINS: Final = 10
_CELLS: Final = 4_001
_ENOUGH: Final = 1_000
"""Pairs from which an isotonic curve is tried (Niculescu-Mizil and Caruana 2005: with fewer it overfits)."""

Floats = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Bin:
    """A tenth of the held-out pairs, by probability: the mean of what was said, and the share that matched."""

    said: float
    matched: Interval
    pairs: int


@final
@dataclass(frozen=True, slots=True)
class Held:
    """How good the probabilities are on pairs that the curve was not made from, none of whose items it had seen.

    `brier` is the mean square of probability minus truth, `log_loss` the mean surprise in nats, `error` the mean
    distance of the two columns of `bins` (expected calibration error), `brier_of_prior` what the share of matches alone
    would get.
    """

    pairs: int
    brier: Interval
    brier_of_prior: float
    log_loss: Interval
    error: float
    bins: tuple[Bin, ...]


@final
@dataclass(frozen=True, slots=True)
class Calibrated:
    """The calibration, how it did on held-out pairs (None: too few for that), and what could not be compared."""

    calibration: Calibration
    held: Held | None
    refused: tuple[Report, ...]


def calibrated(
    found: Compared, roles: tuple[Role, Role], method: Literal["auto"] | Method = "auto", seed: int = 0
) -> Calibrated:
    """The curve of compared pairs with its interval, tried on held-out pairs.

    Raises InputError where no pair matches or all do, and for an unknown method.
    """
    matches = int(found.matches.sum())
    if not 0 < matches < len(found):
        raise InputError(f"{matches} of {len(found)} pairs match; wanted pairs of both kinds")
    if method == "auto":
        method = _better(found, seed)
    elif method not in ("logistic", "isotonic"):
        raise InputError(f"method is {method!r}, wanted auto, logistic or isotonic")
    curve = _curve(method, found.cosines, found.matches)
    low, high = _band(method, found, seed)
    made = Calibration(
        found.space, roles, method, len(found), matches, GRID, curve, np.minimum(low, curve), np.maximum(high, curve)
    )
    return Calibrated(made, _held(method, found, seed), found.refused)


def _curve(method: Method, cosines: Floats, matches: NDArray[np.bool_]) -> Floats:
    known, places = np.unique(cosines, return_inverse=True)
    return fitted(method, known, np.bincount(places, matches), np.bincount(places, ~matches))


def _band(method: Method, found: Compared, seed: int) -> tuple[Floats, Floats]:
    """The ends of the interval at every point of the grid; pairs are counted in cells of 0.0005, for speed."""
    cells = np.linspace(-1, 1, _CELLS)
    at = np.rint((found.cosines + 1) * (_CELLS - 1) / 2).astype(np.int64)

    def drawn(weights: NDArray[np.int64]) -> Floats:
        yes = np.bincount(at, weights * found.matches, _CELLS)
        no = np.bincount(at, weights * ~found.matches, _CELLS)
        there = (yes + no) > 0
        return fitted(method, cells[there], yes[there], no[there])

    return bootstrapped(drawn, found.units, _TIMES, seed)


def _better(found: Compared, seed: int) -> Method:
    """Isotonic where its surprise on held-out pairs is less by more than the doubt about that, else logistic."""
    if len(found) < _ENOUGH:
        return "logistic"
    said = {method: _said(method, found, seed) for method in ("logistic", "isotonic")}
    rows, straight = said["logistic"]
    _, stepped = said["isotonic"]
    if not len(rows):
        return "logistic"
    gained = _surprise(straight, found.matches[rows]) - _surprise(stepped, found.matches[rows])
    low, _ = bootstrapped(lambda w: np.array([np.average(gained, weights=w)]), found.units[rows], _TIMES, seed)
    return "isotonic" if low[0] > 0 else "logistic"


def _said(method: str, found: Compared, seed: int) -> tuple[NDArray[np.int64], Floats]:
    """Rows of pairs and their probabilities by curves that were made without them."""
    rows, said = [np.empty(0, np.int64)], [np.empty(0)]
    for learned, held in folds(found.units, found.matches, seed=seed):
        curve = _curve(cast(Method, method), found.cosines[learned], found.matches[learned])
        rows.append(held)
        said.append(np.interp(found.cosines[held], GRID, curve))
    return np.concatenate(rows), np.concatenate(said)


def _held(method: Method, found: Compared, seed: int) -> Held | None:
    rows, said = _said(method, found, seed)
    if not len(rows):
        return None
    truth = found.matches[rows]
    each = np.stack([(said - truth) ** 2, _surprise(said, truth)], axis=1)
    low, high = bootstrapped(lambda w: np.average(each, axis=0, weights=w), found.units[rows], _TIMES, seed)
    brier, loss = (Interval(float(each[:, i].mean()), float(low[i]), float(high[i])) for i in (0, 1))
    bins = tuple(_bin(said[part], truth[part]) for part in np.array_split(np.argsort(said, kind="stable"), _BINS))
    bins = tuple(one for one in bins if one.pairs)
    error = sum(abs(one.said - one.matched.mean) * one.pairs for one in bins) / len(rows)
    return Held(len(rows), brier, float(truth.mean() * (1 - truth.mean())), loss, error, bins)


def _bin(said: Floats, truth: NDArray[np.bool_]) -> Bin:
    return Bin(float(said.mean()) if len(said) else 0.0, wilson(int(truth.sum()), len(truth)), len(truth))


def _surprise(said: Floats, truth: NDArray[np.bool_]) -> Floats:
    found: Floats = -np.log(np.clip(np.where(truth, said, 1 - said), 1e-12, 1))
    return found
