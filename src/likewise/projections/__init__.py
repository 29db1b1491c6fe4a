"""Projections draw: unit vectors become points of a plane; one method per file.

A member takes its settings when it is made, lays vectors out by `fit` and puts new ones onto a plane that exists by
`place`. The neighbours come from an index of ours, so that no method looks for them again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.projections._faithful import Faithful, faithful
from likewise.projections._placing import among
from likewise.types import Vectors

__all__ = ["Faithful", "Near", "Projection", "faithful"]


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest neighbours of n vectors, nearest first and never themselves: rows and cosines, both `(n, k)`."""

    rows: NDArray[np.intp]
    cosines: Vectors

    def __post_init__(self) -> None:
        if self.rows.shape != self.cosines.shape or self.rows.ndim != 2:
            raise InputError(
                f"rows {self.rows.shape} and cosines {self.cosines.shape} of neighbours must both be (n, k)"
            )


class Projection(ABC):
    """A way to lay vectors out in a plane; `neighbours` says how many of each it wants to be given."""

    name: ClassVar[str]
    neighbours: int

    @abstractmethod
    def fit(self, units: Vectors, near: Near, seed: int = 0) -> Vectors:
        """A point of the plane for every unit vector `(n, dim)`: `(n, 2)` float32, the same for the same seed."""

    def place(self, units: Vectors, old: Vectors, plane: Vectors, near: Near) -> Vectors:  # noqa: ARG002 (for others)
        """Points `(m, 2)` for new unit vectors `(m, dim)` on the plane `(n, 2)` of old ones `(n, dim)`.

        `near` holds the old neighbours of the new. The old points stay where they are, so that a map can be kept.
        """
        return among(near.rows, near.cosines, plane)
