"""The mean and the two principal axes of vectors: a projection, and where the others begin."""

from __future__ import annotations

import numpy as np

from likewise.types import Vectors

__all__ = ["flat", "principal", "start"]

_BLOCK = 8_192


def principal(vectors: Vectors) -> tuple[Vectors, Vectors]:
    """The mean `(dim,)` and two axes `(dim, 2)`, the one of more variance first, its largest part positive."""
    middle = vectors.mean(axis=0, dtype=np.float64)
    dim = vectors.shape[1]
    spread = np.zeros((dim, dim))
    for start in range(0, len(vectors), _BLOCK):
        some = vectors[start : start + _BLOCK] - middle
        spread += some.T @ some
    axes = np.zeros((dim, 2))
    found = np.linalg.eigh(spread)[1][:, ::-1][:, :2]
    axes[:, : found.shape[1]] = found * np.sign(found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])])
    return middle.astype(np.float32), axes.astype(np.float32)


def flat(units: Vectors, vectors: Vectors) -> Vectors:
    """Some vectors `(m, dim)` in the principal plane of others: `(m, 2)`."""
    middle, axes = principal(vectors)
    return np.asarray((units - middle) @ axes, np.float32)


def start(vectors: Vectors, deviation: float, seed: int) -> Vectors:
    """Where an iterative method begins: the principal plane `(n, 2)`, so that the same vectors give the same map.

    The first axis is scaled to a standard deviation, and copies are parted by a hundredth of it. (Kobak and Linderman,
    "Initialization is critical for preserving global data structure in both t-SNE and UMAP", 2021.)
    """
    plane = flat(vectors, vectors)
    plane *= deviation / max(float(plane[:, 0].std()), 1e-12) if plane[:, 0].std() > 1e-9 else 0.0
    noise = np.random.default_rng(seed).normal(scale=deviation / 100, size=plane.shape)
    return np.asarray(plane + noise, np.float32)
