"""What is not known of clusters and classes, and what one tells of the other."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Counts, Numbers

__all__ = ["entropies"]


def entropies(table: Counts) -> tuple[float, float, float]:
    """Entropy of clusters, of classes, and their mutual information, in nats, of counts `(clusters, classes)`."""
    shares = table / table.sum()
    clusters, classes = shares.sum(axis=1), shares.sum(axis=0)
    there = shares > 0
    shared = shares[there] * (np.log(shares[there]) - np.log(np.outer(clusters, classes)[there]))
    return _entropy(clusters), _entropy(classes), max(float(shared.sum()), 0.0)


def _entropy(shares: Numbers) -> float:
    return 0.0 if len(shares) == 1 else float(-(shares * np.log(shares)).sum())
