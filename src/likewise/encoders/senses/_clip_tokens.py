"""Vectors as tokens by hierarchical k-means (Nister & Stewenius 2006), as VideoBERT makes words of clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from likewise.errors import InputError, ModelError
from likewise.saving import tensors
from likewise.types import Vectors

__all__ = ["ClipTokens"]

_AT_ONCE: Final = 1 << 12  # vectors compared at a time
_ROUNDS: Final = 25


@final
@dataclass(frozen=True, slots=True, eq=False)
class ClipTokens:
    """A tree of centres: level l holds those of every node `(branches^l, branches, dim)`; absent ones are infinite.

    A token is a leaf, numbered from 0 to `count`, of which those that no vector came to are never given.
    """

    levels: tuple[Vectors, ...]

    @property
    def branches(self) -> int:
        return int(self.levels[0].shape[1])

    @property
    def dim(self) -> int:
        return int(self.levels[0].shape[2])

    @property
    def count(self) -> int:
        """How many leaves there are."""
        return int(self.branches ** len(self.levels))

    @classmethod
    def fit(cls, vectors: Vectors, branches: int = 12, depth: int = 4, seed: int = 0) -> Self:
        """The tree of vectors `(n, dim)`; 12 branches and 4 levels are the paper's, 20,736 tokens.

        Raises InputError for vectors that are not finite, or fewer than `branches`.
        """
        if vectors.ndim != 2 or len(vectors) < branches or not np.isfinite(vectors).all():
            raise InputError(f"vectors {vectors.shape} make no tree: give finite ones (n, dim), {branches} or more")
        if branches < 2 or depth < 1 or branches**depth > 1 << 20:
            raise InputError(f"branches={branches}, depth={depth}: take 2 or more, 1 or more, at most 2^20 tokens")
        rng = np.random.default_rng(seed)
        nodes = np.zeros(len(vectors), np.int64)
        levels = []
        for level in range(depth):
            centres = np.full((branches**level, branches, vectors.shape[1]), np.inf, np.float32)
            for node in np.unique(nodes):
                found = _means(vectors[nodes == node], branches, rng)
                centres[node, : len(found)] = found
            levels.append(centres)
            nodes = _descended(vectors, centres, nodes)
        return cls(tuple(levels))

    def tokens(self, vectors: Vectors) -> NDArray[np.int32]:
        """The token of each of vectors `(n, dim)`. Raises InputError for another dim."""
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise InputError(f"vectors {vectors.shape} are of another space: the tree has {self.dim} dimensions")
        nodes = np.zeros(len(vectors), np.int64)
        for centres in self.levels:
            nodes = _descended(vectors, centres, nodes)
        return nodes.astype(np.int32)

    def save(self, path: Path) -> None:
        """Write a safetensors file."""
        save_file({f"level.{i}": centres for i, centres in enumerate(self.levels)}, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """What `save` wrote. Raises ModelError for a file that is broken or no tree."""
        found = tensors(path)
        levels = tuple(np.array(found[f"level.{i}"]) for i in range(len(found)) if f"level.{i}" in found)
        shapes = [level.shape for level in levels]
        wanted = [(shapes[0][1] ** i, *shapes[0][1:]) for i in range(len(found))] if shapes else []
        if not shapes or len(shapes[0]) != 3 or shapes != wanted:
            raise ModelError(f"{path} holds no tree of clip tokens: its tensors are {shapes}. Make it again")
        return cls(levels)


def _descended(vectors: Vectors, centres: Vectors, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The child of its node whose centre is nearest to each vector."""
    found = np.empty_like(nodes)
    for at in range(0, len(vectors), _AT_ONCE):
        some = slice(at, at + _AT_ONCE)
        away = ((vectors[some, None].astype(np.float64) - centres[nodes[some]]) ** 2).sum(axis=2)
        found[some] = nodes[some] * centres.shape[1] + away.argmin(axis=1)
    return found


def _means(vectors: Vectors, count: int, rng: np.random.Generator) -> Vectors:
    """Up to `count` centres: k-means++ (Arthur & Vassilvitskii 2007), then Lloyd's rounds."""
    own = vectors.astype(np.float64)
    centres = own[rng.integers(len(own))][None]
    nearest = ((own - centres[0]) ** 2).sum(axis=1)
    while len(centres) < count and nearest.sum() > 1e-12 * len(own):
        chosen = own[rng.choice(len(own), p=nearest / nearest.sum())]
        centres = np.concatenate([centres, chosen[None]])
        nearest = np.minimum(nearest, ((own - chosen) ** 2).sum(axis=1))
    squares = (own**2).sum(axis=1)
    label = np.full(len(own), -1)
    for _ in range(_ROUNDS):
        away = squares[:, None] - 2 * own @ centres.T + (centres**2).sum(axis=1)
        before, label = label, away.argmin(axis=1)
        if (label == before).all():
            break
        for i in np.unique(label):  # a centre that lost all of its vectors stays where it is
            centres[i] = own[label == i].mean(axis=0)
    found: Vectors = centres.astype(np.float32)
    return found
