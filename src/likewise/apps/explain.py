"""Why two texts are similar: which words or sentences carry it, and how far that explanation can be believed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._explain_deletion import Deletion, Similar, deletion
from likewise.apps._explain_pieces import Unit, pieces, without
from likewise.apps._normalized import normalized
from likewise.encoders import Encoder, load
from likewise.errors import InputError
from likewise.types import Role, Space, Vectors

__all__ = ["explain"]

Way = Literal["occlusion", "tokens"]
Floats = NDArray[np.float64]
_Span = tuple[int, int]
_SHOWN: Final = 20


@final
@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `end` of a text and what they add to the similarity; below 0: they take from it."""

    start: int
    end: int
    text: str
    weight: float


@final
@dataclass(frozen=True, slots=True)
class Side:
    """One of the two texts: its pieces in their order, and how faithful their weights are.

    `rest` is what the pieces do not account for: with tokens their sum and `rest` are the similarity, by occlusion they
    need not add up. `deletion` is None where there is only one piece.
    """

    text: str
    pieces: tuple[Piece, ...]
    rest: float
    deletion: Deletion | None

    @property
    def best(self) -> tuple[Piece, ...]:
        """The pieces, the most important first."""
        return tuple(sorted(self.pieces, key=lambda piece: -piece.weight))


@final
@dataclass(frozen=True, slots=True)
class Explained:
    """The cosine of two texts, and of each what carries it, as `way` tells it.

    `pairs` are pieces of left and right (by number) with what they add together, the largest first; tokens only.
    """

    similarity: float
    left: Side
    right: Side
    way: Way
    space: Space
    pairs: tuple[tuple[int, int, float], ...] = ()


def explain(
    left: str,
    right: str,
    *,
    model: str | os.PathLike[str] | Encoder | None = None,
    unit: Unit = "word",
    way: Way = "occlusion",
    roles: tuple[Role, Role] = ("document", "document"),
    seed: int = 0,
) -> Explained:
    """Which words (or sentences) of two texts make them similar, with the deletion test of each.

    occlusion: the text without the piece, and how much less similar it then is; for any encoder. tokens: the cosine is
    a sum over pairs of token vectors where a model takes their mean, each token having seen its neighbours; two runs of
    the network. `roles` are those in which the texts are encoded: ("query", "document") for a question and a passage.
    Raises InputError for an empty text, one that cannot be encoded, and for tokens of a model that does not pool by the
    mean.
    """
    encoder = model if isinstance(model, Encoder) else load(model)
    for text in (left, right):
        if not isinstance(text, str) or not text.strip():
            raise InputError("both texts must hold words")
    if way not in ("occlusion", "tokens"):
        raise InputError(f"way is {way!r}, wanted occlusion or tokens")
    texts, spans = (left, right), (pieces(left, unit), pieces(right, unit))
    units = [_encoded(encoder, [text], role)[0] for text, role in zip(texts, roles, strict=True)]
    similarity = float(units[0] @ units[1])
    shared = _shared(encoder, texts, roles, spans, units) if way == "tokens" else None
    sides = []
    for at in (0, 1):
        similar = _similar(encoder, texts[at], spans[at], roles[at], units[1 - at])
        if shared is None:
            weights = similarity - similar([frozenset((n,)) for n in range(len(spans[at]))])
        else:
            weights = shared[at]
        made = tuple(Piece(s, e, texts[at][s:e], float(w)) for (s, e), w in zip(spans[at], weights, strict=True))
        rest = similarity - float(weights.sum())
        sides.append(Side(texts[at], made, rest, deletion(weights, similar, seed)))
    return Explained(similarity, sides[0], sides[1], way, encoder.space, () if shared is None else _pairs(shared[2]))


def _encoded(encoder: Encoder, texts: Sequence[str], role: Role) -> Vectors:
    """Unit vectors; that of a text without words is zero."""
    made = encoder.encode(texts, role)
    for text, report in zip(texts, made.reports, strict=True):
        if not report.ok and text:
            raise InputError(f"a text cannot be encoded: {report.error}")
    return np.nan_to_num(normalized(made.vectors))


def _similar(encoder: Encoder, text: str, spans: list[_Span], role: Role, other: Vectors) -> Similar:
    """How similar to `other` a text is without some of its pieces."""

    def similar(gone: Sequence[frozenset[int]]) -> Floats:
        left = [without(text, spans, some) for some in gone]
        known = sorted({one for one in left if one})
        if not known:
            return np.zeros(len(left))
        cosines = dict(zip(known, (_encoded(encoder, known, role) @ other).astype(np.float64), strict=True))
        return np.array([cosines.get(one, 0.0) for one in left], dtype=np.float64)

    return similar


def _shared(
    encoder: Encoder,
    texts: tuple[str, str],
    roles: tuple[Role, Role],
    spans: tuple[list[_Span], list[_Span]],
    units: Sequence[Vectors],
) -> tuple[Floats, Floats, Floats]:
    """What each piece of both sides `(n,)`, `(m,)`, and each pair of them `(n, m)`, adds to the cosine.

    The vector of a text is the sum of its tokens' over a length, which is taken from the tokens of content alone: what
    the special tokens add is left to the rest.
    """
    if not encoder.space.pooling.startswith("mean"):
        raise InputError(f"{encoder.name} pools by {encoder.space.pooling}, not by the mean: explain by occlusion")
    sums = []
    for text, role, own, unit in zip(texts, roles, spans, units, strict=True):
        (tokens,) = encoder.tokens.encode([text], role)
        if not tokens.report.ok:
            raise InputError(f"a text cannot be encoded: {tokens.report.error}")
        length = float(tokens.vectors.sum(axis=0) @ unit) or 1.0
        made = [tokens.vectors[tokens.covering(start, end)].sum(axis=0) / length for start, end in own]
        sums.append(np.array(made, dtype=np.float64).reshape(len(own), -1))
    left, right = sums
    return left @ units[1], right @ units[0], left @ right.T


def _pairs(shared: Floats) -> tuple[tuple[int, int, float], ...]:
    order = np.argsort(-shared, axis=None, kind="stable")[:_SHOWN]
    found = (np.unravel_index(at, shared.shape) for at in order)
    return tuple((int(i), int(j), float(shared[i, j])) for i, j in found)
