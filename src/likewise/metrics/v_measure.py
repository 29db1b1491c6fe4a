"""V-measure: whether clusters hold one class each, and classes lie in one cluster each."""

from __future__ import annotations

from likewise.metrics._entropy import entropies
from likewise.metrics._kinds import Counts, partition

__all__ = ["v_measure"]


@partition(low=0.0)
def v_measure(table: Counts, beta: float = 1.0) -> float:
    """The harmonic mean of homogeneity and completeness (Rosenberg, Hirschberg 2007).

    `beta` above 1 gives completeness the greater weight.
    """
    clusters, classes, shared = entropies(table)
    homogeneity = shared / classes if classes else 1.0
    completeness = shared / clusters if clusters else 1.0
    if homogeneity + completeness == 0:
        return 0.0
    return (1 + beta) * homogeneity * completeness / (beta * homogeneity + completeness)
