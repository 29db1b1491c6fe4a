"""Alignment: how near the vectors of things lie that belong together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likewise.errors import InputError
from likewise.metrics._kinds import geometry
from likewise.metrics._units import units

__all__ = ["alignment"]


@geometry(low=0.0, high=4.0, best=0.0)
def alignment(one: ArrayLike, other: ArrayLike, alpha: float = 2.0) -> float:
    """The mean of distance**alpha between row i of `one` and row i of `other` `(n, dim)`, on the sphere.

    The bound of 4 is that of alpha 2 (Wang, Isola 2020, arXiv 2005.10242). Raises InputError for sides that differ.
    """
    first, second = units(one, "alignment"), units(other, "alignment")
    if first.shape != second.shape:
        raise InputError(f"alignment: {first.shape} beside {second.shape}; row i of both belongs together")
    return float((np.linalg.norm(first - second, axis=1) ** alpha).mean())
