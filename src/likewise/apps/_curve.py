"""Curves from cosine to probability, fitted to counts of matches: logistic (Platt) and isotonic."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["GRID", "Method", "fitted"]

Method = Literal["logistic", "isotonic"]
Floats = NDArray[np.float64]
Counts = NDArray[np.floating] | NDArray[np.integer]

GRID: Final[Floats] = np.linspace(-1, 1, 401)
"""Cosines at which a curve is kept; between them it is linear, which is off by less than 0.001 for slopes up to 50."""
_STEPS: Final = 100
_ENOUGH: Final = 1e-10


def fitted(method: Method, cosines: Floats, matches: Counts, others: Counts) -> Floats:
    """Probabilities at `GRID`, rising; `matches` and `others` count the pairs at each of the cosines `(n,)`.

    logistic: Platt, "Probabilistic outputs for support vector machines" (1999), with his targets, so that pairs that a
    threshold parts wholly have a finite slope. isotonic: Zadrozny and Elkan (2002), by pool adjacent violators (Ayer
    et al. 1955), linear between the means of the pools and held off 0 and 1 by half a pair.
    """
    return (_logistic if method == "logistic" else _isotonic)(cosines, matches, others)


def _logistic(cosines: Floats, matches: Counts, others: Counts) -> Floats:
    yes, no = matches.sum(), others.sum()
    high, low = (yes + 1) / (yes + 2), 1 / (no + 2)
    weights = (matches + others).astype(np.float64)
    wanted = (matches * high + others * low) / np.maximum(weights, 1e-300)
    middle = float(np.average(cosines, weights=weights))
    scale = float(np.sqrt(np.average((cosines - middle) ** 2, weights=weights))) or 1.0
    slope, shift = _newton((cosines - middle) / scale, wanted, weights)
    if slope < 0:  # a higher cosine never makes a match less likely: then it says nothing, and the base rate is left
        slope, shift = 0.0, float(_logit(np.array((yes * high + no * low) / (yes + no))))
    return _sigmoid(slope * (GRID - middle) / scale + shift)


def _newton(x: Floats, wanted: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and shift of the most likely logistic curve; steps are halved until the likelihood rises."""
    at = np.array([0.0, float(_logit(np.array(np.average(wanted, weights=weights))))])
    loss = _loss(at, x, wanted, weights)
    for _ in range(_STEPS):
        p = _sigmoid(at[0] * x + at[1])
        residual, spread = weights * (p - wanted), weights * p * (1 - p)
        gradient = np.array([(residual * x).sum(), residual.sum()])
        cross = (spread * x).sum()
        hessian = np.array([[(spread * x * x).sum() + 1e-12, cross], [cross, spread.sum() + 1e-12]])
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (there := _loss(at - size * step, x, wanted, weights)) > loss and size > 1e-6:
            size /= 2
        at, gained, loss = at - size * step, loss - there, there
        if gained < _ENOUGH * max(1.0, loss):
            break
    return float(at[0]), float(at[1])


def _loss(at: Floats, x: Floats, wanted: Floats, weights: Floats) -> float:
    z = at[0] * x + at[1]
    return float((weights * (np.logaddexp(0, z) - wanted * z)).sum())


def _isotonic(cosines: Floats, matches: Counts, others: Counts) -> Floats:
    order = np.argsort(cosines, kind="stable")
    x, yes, weights = cosines[order], matches[order], (matches + others)[order]
    there = weights > 0
    pools: list[list[float]] = []  # sum of x, matches, weight
    for one, hits, weight in zip(x[there], yes[there], weights[there], strict=True):
        pools.append([one * weight, hits, weight])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    made = np.array(pools)
    total = made[:, 2].sum()
    levels = np.clip(made[:, 1] / made[:, 2], 0.5 / total, 1 - 0.5 / total)
    found: Floats = np.interp(GRID, made[:, 0] / made[:, 2], levels)
    return found


def _sigmoid(z: Floats) -> Floats:
    found: Floats = np.exp(-np.logaddexp(0, -z))
    return found


def _logit(p: Floats) -> Floats:
    found: Floats = np.log(p) - np.log1p(-p)
    return found
