"""Minimum detection cost: the least cost of errors that any threshold has, where one error may cost more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.metrics._kinds import Numbers, detection
from likewise.metrics._rates import rates

__all__ = ["min_dcf"]


@detection(best=0.0)
def min_dcf(
    scores: Numbers, same: NDArray[np.bool_], prior: float = 0.01, miss: float = 1.0, false_alarm: float = 1.0
) -> float:
    """The least prior * miss * FRR + (1 - prior) * false_alarm * FAR, over the cost of the better constant answer.

    `prior` is how likely a pair is the same where the system is used, `miss` and `false_alarm` what the errors cost
    (NIST speaker recognition evaluations). 1: no better than a constant answer.
    """
    if not 0 < prior < 1 or miss <= 0 or false_alarm <= 0:
        raise InputError(f"prior is {prior}, wanted above 0 and below 1; the costs {miss} and {false_alarm} above 0")
    found = rates(scores, same)
    one, other = prior * miss, (1 - prior) * false_alarm
    return float((one * found.missed + other * found.accepted).min() / min(one, other))
