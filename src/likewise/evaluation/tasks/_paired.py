"""Two sides, row by row: how they are encoded and compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from likewise.evaluation._outcome import Numbers
from likewise.evaluation._task import Input, cosines
from likewise.types import Role, Vectors

__all__ = ["numbered", "pairs", "similarities"]


def numbered(count: int) -> tuple[str, ...]:
    """Names of rows: "0", "1", ..."""
    return tuple(map(str, range(count)))


def pairs(one: Sequence[object], other: Sequence[object], role: Role) -> dict[str, Input]:
    """Both sides, whose rows are named by their number."""
    return {"one": Input(numbered(len(one)), one, role), "other": Input(numbered(len(other)), other, role)}


def similarities(one: Vectors, other: Vectors) -> dict[str, Numbers]:
    """How alike row i of both is `(n,)`, by the similarities that MTEB reports; distances are negative."""
    gaps = one.astype(np.float64) - other
    return {
        "cosine": cosines(one, other),
        "dot": np.asarray(np.einsum("ij,ij->i", one, other, dtype=np.float64)),
        "euclidean": -np.linalg.norm(gaps, axis=1),
        "manhattan": -np.abs(gaps).sum(axis=1),
    }
