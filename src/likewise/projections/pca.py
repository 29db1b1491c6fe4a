"""Principal components: the plane through the vectors in which they vary most."""

from __future__ import annotations

from typing import final

from likewise.projections import Near, Projection
from likewise.projections._principal import flat
from likewise.types import Vectors

__all__ = ["PCA"]


@final
class PCA(Projection):
    """The two principal components (Pearson 1901): linear and quick, true to large distances, blind to fine ones."""

    name = "pca"
    neighbours = 1

    def fit(self, units: Vectors, near: Near, seed: int = 0) -> Vectors:  # noqa: ARG002 (it is exact)
        """The coordinates along both components; the seed is not needed."""
        return flat(units, units)

    def place(self, units: Vectors, old: Vectors, plane: Vectors, near: Near) -> Vectors:  # noqa: ARG002 (as above)
        """The same projection, known again from the old vectors."""
        return flat(units, old)
