"""A tree over clusters: the two nearest are joined, and again, until one is left (average linkage)."""

from __future__ import annotations

import numpy as np

from likewise.types import Vectors

__all__ = ["joins"]


def joins(centres: Vectors, sizes: list[int]) -> list[tuple[int, int, float]]:
    """What is joined, in turn: two nodes and the cosine at which they meet; join number j is node `len(centres) + j`.

    `centres` `(k, dim)` are means of unit vectors. The likeness of two nodes is the mean cosine over all pairs of their
    members (Sokal and Michener 1958), which is the product of the means.
    """
    like = (centres @ centres.T).astype(np.float64)
    np.fill_diagonal(like, -np.inf)
    weight = np.array(sizes, np.float64)
    node = np.arange(len(centres))
    made: list[tuple[int, int, float]] = []
    for step in range(len(centres) - 1):
        one, other = sorted(int(at) for at in np.unravel_index(np.argmax(like), like.shape))
        made.append((int(node[one]), int(node[other]), float(like[one, other])))
        both = weight[one] + weight[other]
        row = (weight[one] * like[one] + weight[other] * like[other]) / both
        like[one], like[:, one] = row, row
        like[one, one] = -np.inf
        like[other], like[:, other] = -np.inf, -np.inf
        weight[one], node[one] = both, len(centres) + step
    return made
