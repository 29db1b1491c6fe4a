"""Pairs whose probability of a match is known, for tests: a text is an angle, a cosine that of two angles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from likewise.apps._compared import Pair
from likewise.types import Vectors
from tests.hashed import Hashed

__all__ = ["angles", "crossing", "drawn", "truth"]


def angles() -> Hashed:
    """An encoder whose texts are angles in radians, each a vector in the plane."""
    return Hashed(_turned, dim=2)


def _turned(_: Vectors, texts: Sequence[str]) -> Vectors:
    at = np.array([float(text) for text in texts])
    return np.stack([np.cos(at), np.sin(at)], axis=1).astype(np.float32)


def truth(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of a match that pairs are drawn by."""
    found: NDArray[np.float64] = 1 / (1 + np.exp(-(6 * np.asarray(cosines) - 2)))
    return found


def drawn(count: int, seed: int = 0) -> list[Pair]:
    """Pairs of texts that nobody shares, of cosines spread evenly, matching as `truth` says."""
    rng = np.random.default_rng(seed)
    cosines = rng.uniform(-1, 1, count)
    start = rng.uniform(0, 2 * np.pi, count)
    match = rng.random(count) < truth(cosines)
    return [(f"{a:.12f}", f"{a + np.arccos(c):.12f}", bool(m)) for a, c, m in zip(start, cosines, match, strict=True)]


def crossing(speakers: int, each: int, seed: int = 0, noise: float = 0.3) -> list[tuple[str, int]]:
    """Utterances as angles near those of their speakers: (text, speaker)."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 2 * np.pi, speakers)
    return [(f"{place + rng.normal(0, noise):.12f}", who) for who, place in enumerate(places) for _ in range(each)]
