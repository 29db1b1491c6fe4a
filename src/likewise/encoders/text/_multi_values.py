"""Several vectors for each item, compared by the sum of best matches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, final

import numpy as np

from likewise.errors import InputError
from likewise.space import require
from likewise.types import Report, Space, Vectors

__all__ = ["MultiEmbeddings"]

_BLOCK: Final = 1 << 23  # products of tokens held at once: 32 MiB


@final
@dataclass(frozen=True, slots=True)
class MultiEmbeddings:
    """For each item in the caller's order vectors `(t, dim)` float32 of its tokens; none where it failed."""

    ids: tuple[str, ...]
    vectors: tuple[Vectors, ...] = field(repr=False)
    space: Space
    reports: tuple[Report, ...]

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.vectors) == len(self.reports):
            raise InputError(
                f"{len(self.ids)} ids, {len(self.vectors)} matrices and {len(self.reports)} reports do not belong "
                "together"
            )
        wrong = next((v.shape for v in self.vectors if v.ndim != 2 or v.shape[1] != self.space.dim), None)
        if wrong is not None:
            raise InputError(f"a matrix of shape {wrong}, wanted (tokens, {self.space.dim})")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def failed(self) -> tuple[Report, ...]:
        return tuple(r for r in self.reports if not r.ok)

    @property
    def truncated(self) -> tuple[Report, ...]:
        return tuple(r for r in self.reports if r.truncated)

    def maxsim(self, documents: MultiEmbeddings) -> Vectors:
        """Scores `(n, m)` of these queries with documents; NaN for an item that failed.

        For every vector of a query the product with the document's nearest vector, summed (Khattab and Zaharia 2020,
        arXiv:2004.12832). Raises SpaceError where the two may not be compared.
        """
        require(self.space, documents.space)
        scores = np.full((len(self), len(documents)), np.nan, dtype=np.float32)
        for rows in _blocks(self.vectors, _BLOCK >> 11):
            queries = np.concatenate([self.vectors[row] for row in rows])
            query_starts = _starts([len(self.vectors[row]) for row in rows])
            for columns in _blocks(documents.vectors, max(1, _BLOCK // len(queries))):
                texts = np.concatenate([documents.vectors[column] for column in columns])
                text_starts = _starts([len(documents.vectors[column]) for column in columns])
                best = np.maximum.reduceat(queries @ texts.T, text_starts, axis=1)
                scores[np.ix_(rows, columns)] = np.add.reduceat(best, query_starts, axis=0)
        return scores


def _blocks(matrices: tuple[Vectors, ...], most: int) -> list[list[int]]:
    """Numbers of the matrices that hold vectors, in runs of up to `most` vectors (or one matrix)."""
    blocks: list[list[int]] = []
    held = most
    for number, matrix in enumerate(matrices):
        if not len(matrix):
            continue
        if held + len(matrix) > most:
            blocks.append([])
            held = 0
        blocks[-1].append(number)
        held += len(matrix)
    return blocks


def _starts(sizes: list[int]) -> list[int]:
    return [0, *np.cumsum(sizes[:-1]).tolist()]
