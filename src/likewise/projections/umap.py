"""UMAP by umap-learn, from neighbours that are known already."""

from __future__ import annotations

import warnings
from typing import Final, final

import numpy as np

from likewise.errors import InputError
from likewise.projections import Near, Projection
from likewise.projections._principal import flat, start
from likewise.types import Vectors

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # umap-learn warns of a part of itself that wants TensorFlow
    from umap.umap_ import find_ab_params, fuzzy_simplicial_set, simplicial_set_embedding

__all__ = ["UMAP"]

_FAR: Final = 0.005
_MARGIN: Final = 0.05


@final
class UMAP(Projection):
    """Uniform manifold approximation and projection (McInnes, Healy and Melville 2018).

    More `neighbours` show more of the whole and less of the detail; `min_dist` is how near points may lie. Every pull
    along an edge is met by `negatives` pushes from random points: 10, and not umap-learn's 5, keep neighbours better
    (Böhm, Berens and Kobak, "Attraction-repulsion spectrum in neighbor embeddings", 2022; figures in docs/maps.md).
    `epochs` are 500 for up to 10,000 points and 200 for more unless given. One thread, because several would not repeat
    themselves.
    """

    name = "umap"

    def __init__(
        self, neighbours: int = 15, min_dist: float = 0.1, epochs: int | None = None, negatives: int = 10
    ) -> None:
        if neighbours < 2 or not 0 <= min_dist <= 1 or (epochs is not None and epochs < 1) or negatives < 1:
            raise InputError(
                f"neighbours {neighbours} must be at least 2, min_dist {min_dist} from 0 to 1, epochs {epochs} and "
                f"negatives {negatives} above 0"
            )
        self.neighbours, self.min_dist, self.epochs, self.negatives = neighbours, min_dist, epochs, negatives

    def fit(self, units: Vectors, near: Near, seed: int = 0) -> Vectors:
        """The layout; fewer than 8 vectors are too few for it and lie in PCA's plane."""
        if len(units) < 8:
            return flat(units, units)
        draws = np.random.RandomState(seed)
        others = slice(self.neighbours - 1)  # umap-learn counts the point itself among its neighbours
        rows = np.column_stack([np.arange(len(units)), near.rows[:, others]]).astype(np.int32)
        away = np.maximum(1 - near.cosines[:, others], 0)
        distances = np.column_stack([np.zeros(len(units)), away]).astype(np.float32)
        graph, _, _ = fuzzy_simplicial_set(units, rows.shape[1], draws, "cosine", knn_indices=rows, knn_dists=distances)
        a, b = find_ab_params(1.0, self.min_dist)
        plane, _ = simplicial_set_embedding(
            units,
            graph,
            2,
            1.0,
            a,
            b,
            1.0,
            self.negatives,
            self.epochs,
            start(units, 1.0, seed),
            draws,
            "euclidean",
            {},
            densmap=False,
            densmap_kwds={},
            output_dens=False,
            parallel=False,
        )
        return _gathered(plane)


def _gathered(plane: Vectors) -> Vectors:
    """The plane with what lies far out drawn in logarithmically.

    Groups that hang together with nothing drift away until the rest is a spot in the middle of the picture.
    Nothing moves within the central 99 % of an axis, and along each the order stays as it is.
    """
    low, high = np.quantile(plane, [_FAR, 1 - _FAR], axis=0)
    inside = np.clip(plane, low, high)
    unit = np.maximum(_MARGIN * (high - low), 1e-9)
    away = plane - inside
    return np.asarray(inside + np.sign(away) * unit * np.log1p(np.abs(away) / unit), np.float32)
