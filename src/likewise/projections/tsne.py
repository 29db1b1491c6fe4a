"""t-SNE by openTSNE: neighbours stay together, islands stand apart."""

from __future__ import annotations

from typing import final

import numpy as np
import openTSNE
from openTSNE.affinity import PerplexityBasedNN
from openTSNE.nearest_neighbors import PrecomputedNeighbors

from likewise.errors import InputError
from likewise.projections import Near, Projection
from likewise.projections._principal import flat, start
from likewise.types import Vectors

__all__ = ["TSNE"]


@final
class TSNE(Projection):
    """t-distributed stochastic neighbour embedding (van der Maaten and Hinton 2008; openTSNE, Poličar et al. 2024).

    `perplexity` is about how many neighbours a point has; three times as many are asked for.
    """

    name = "tsne"

    def __init__(self, perplexity: float = 30.0, iterations: int = 500) -> None:
        if perplexity < 1 or iterations < 1:
            raise InputError(f"perplexity {perplexity} and iterations {iterations} must be at least 1")
        self.perplexity, self.iterations = perplexity, iterations
        self.neighbours = int(3 * perplexity)

    def fit(self, units: Vectors, near: Near, seed: int = 0) -> Vectors:
        """The layout after both phases of openTSNE; fewer than 8 vectors are too few for it and lie in PCA's plane."""
        if len(units) < 8:
            return flat(units, units)
        rows, cosines = near.rows[:, : self.neighbours], near.cosines[:, : self.neighbours]
        distances = np.sqrt(np.maximum(2 - 2 * cosines.astype(np.float64), 0))
        index = PrecomputedNeighbors(rows.astype(np.int64), distances)
        perplexity = min(self.perplexity, rows.shape[1] / 3)
        affinities = PerplexityBasedNN(knn_index=index, perplexity=perplexity, random_state=seed, n_jobs=-1)
        layout = openTSNE.TSNE(
            n_iter=self.iterations,
            initialization=start(units, 1e-4, seed).astype(np.float64),
            random_state=seed,
            n_jobs=-1,  # the result is the same on any number of threads
        )
        return np.asarray(layout.fit(affinities=affinities), np.float32)
