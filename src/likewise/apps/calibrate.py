"""What a cosine means: the probability of a match in a space, learned from labelled pairs of one's own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

from likewise.apps._calibrated import Calibrated, calibrated
from likewise.apps._compared import Given, gathered
from likewise.apps._curve import Method
from likewise.apps._points import Source
from likewise.encoders import Encoder
from likewise.types import Role

__all__ = ["calibrate"]


def calibrate(
    pairs: Given | None = None,
    *,
    source: Source | None = None,
    by: str = "",
    model: str | os.PathLike[str] | Encoder | None = None,
    roles: tuple[Role, Role] = ("document", "document"),
    columns: Sequence[str | None] = (None, None, None),
    method: Literal["auto"] | Method = "auto",
    seed: int = 0,
) -> Calibrated:
    """The probability of a match for every cosine, with a 95 % interval, from labelled pairs.

    `pairs` is a table (columns a, b and match, or `columns`) or triples of two texts and whether they match; with
    `source` (see `likewise.apps._points`) they name its items, and `by` makes pairs of what has the same value of a
    metadata field and what has not. `roles` are those in which the two texts are encoded: ("query", "document") for
    questions and answers. `method`: logistic (Platt), isotonic, or auto: isotonic where at least 1,000 pairs show on
    held-out pairs that it is better. Raises InputError where no pair matches or all do.
    """
    found = gathered(pairs, source, by, model, roles, columns, seed)
    return calibrated(found, roles, method, seed)
