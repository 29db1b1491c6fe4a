"""Adjusted Rand index: pairs that both sides put together or apart, less what chance would give."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Counts, partition

__all__ = ["ari"]


@partition(low=-0.5)
def ari(table: Counts) -> float:
    """(pairs together in both - expected) / (mean of pairs together in either - expected) (Hubert, Arabie 1985)."""
    both, clusters, classes = (_pairs(side) for side in (table, table.sum(axis=1), table.sum(axis=0)))
    every = _pairs(table.sum())
    expected = clusters * classes / every if every else 0.0
    most = (clusters + classes) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def _pairs(counts: Counts | np.intp) -> float:
    """How many pairs groups of these sizes hold."""
    sizes = np.asarray(counts, np.float64)
    return float((sizes * (sizes - 1) / 2).sum())
