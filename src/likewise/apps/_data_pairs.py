"""Training pairs: negatives that are in truth positives, given or met in a batch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np

from likewise.apps._cells import Units
from likewise.apps._data_finding import Finding, Trouble, shared
from likewise.apps._near_pairs import near_pairs
from likewise.apps._table import column, rows
from likewise.encoders import Encoder, load
from likewise.errors import InputError
from likewise.types import Embeddings, Passage, Points, Role, Vectors

__all__ = ["Trained", "false_negatives", "trained"]

_ANCHORS: Final = ("anchor", "query", "question", "a", "sentence1")
_POSITIVES: Final = ("positive", "pos", "document", "answer", "b", "sentence2")
_NEGATIVES: Final = ("negative", "neg", "hard_negative")
_BATCH: Final = 64
_AS_NEAR: Final = 0.95


@final
@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """Rows of anchor, positive and perhaps negative, with unit vectors `(n, dim)` of each side.

    `points` are their texts, each once for each role.
    """

    texts: tuple[tuple[str, ...], ...]
    sides: tuple[Vectors, ...]
    points: Points


def trained(path: str | os.PathLike[str], model: str | os.PathLike[str] | Encoder | None) -> Trained:
    """The training pairs of a table: columns anchor, positive and, if there is one, negative.

    Raises InputError for a table without them and where a text has no vector: then nothing can be said of its row.
    """
    path = os.fspath(path)
    table = rows(path)
    names = [column(table, None, some, path) for some in (_ANCHORS, _POSITIVES)]
    names += [name for name in _NEGATIVES if name in table[0]][:1]
    texts = tuple(tuple(row[name] for name in names) for row in table)
    encoder = model if isinstance(model, Encoder) else load(model)
    asked = list(dict.fromkeys(row[0] for row in texts))
    told = list(dict.fromkeys(text for row in texts for text in row[1:]))
    points = Points(*_both(_encoded(encoder, asked, "query", path), _encoded(encoder, told, "document", path)))
    at = [{text: i for i, text in enumerate(asked)}, {text: i + len(asked) for i, text in enumerate(told)}]
    units = points.units
    sides = tuple(units[[at[min(side, 1)][row[side]] for row in texts]] for side in range(len(names)))
    return Trained(texts, sides, points)


def _encoded(
    encoder: Encoder, texts: list[str], role: Role, path: str | os.PathLike[str]
) -> tuple[tuple[Passage, ...], Embeddings]:
    made = encoder.encode(texts, role)
    for report in made.failed:
        text = texts[made.ids.index(report.id)]
        raise InputError(f"{path}: {text[:60]!r} has no vector: {report.error}; mend or leave out its rows")
    ids = tuple(f"{role} {i}" for i in range(len(texts)))
    reports = tuple(replace(report, id=i) for i, report in zip(ids, made.reports, strict=True))
    passages = tuple(Passage(i, i, text) for i, text in zip(ids, texts, strict=True))
    return passages, Embeddings(ids, made.vectors, made.space, reports)


def _both(
    one: tuple[tuple[Passage, ...], Embeddings], other: tuple[tuple[Passage, ...], Embeddings]
) -> tuple[tuple[Passage, ...], Embeddings]:
    (a, first), (b, second) = one, other
    vectors = np.concatenate([first.vectors, second.vectors])
    return a + b, Embeddings(first.ids + second.ids, vectors, first.space, first.reports + second.reports)


def false_negatives(pairs: Trained, threshold: float, seed: int = 0) -> Iterator[Finding]:
    """Negatives that are positives in truth: those of other rows in a batch, and those that are given."""
    yield _in_batch(pairs, threshold, seed)
    if len(pairs.sides) > 2:
        yield _given(pairs, threshold)


def _in_batch(pairs: Trained, threshold: float, seed: int) -> Finding:
    """Rows whose anchors or positives are the same or nearly so: each would count the other's positive as wrong."""
    n = len(pairs.texts)
    met: dict[tuple[int, int], float] = {}
    for side in (0, 1):
        near = near_pairs(Units(pairs.sides[side]), threshold, seed=seed).pairs
        for i, j, score in zip(near.left.tolist(), near.right.tolist(), near.scores.tolist(), strict=True):
            met[i, j] = max(score, met.get((i, j), 0.0))
    concerned = {row for pair in met for row in pair}
    expected = len(met) / max(n * (n - 1) / 2, 1) * _BATCH * (_BATCH - 1) / 2
    troubles = tuple(
        Trouble(f"row {i + 1}", "in one batch each is a false negative of the other", f"row {j + 1}", round(score, 6))
        for (i, j), score in sorted(met.items(), key=lambda one: -one[1])
    )
    return Finding(
        "false negatives",
        "mend" if expected >= 1 else "look" if met else "fine",
        f"{len(concerned):,} of {n:,} rows repeat the anchor or the positive of another; a batch of {_BATCH} drawn by "
        f"chance holds {expected:.2f} such pairs, each of them a positive that is trained as a negative",
        "keep repeats out of one batch (a sampler without duplicates), or mask what is as near as this" if met else "",
        shared(len(concerned), n),
        troubles,
    )


def _given(pairs: Trained, threshold: float) -> Finding:
    """Given negatives as near to the anchor as 95 % of the positive's cosine, or much like the positive itself.

    The rule of 95 % is that of NV-Retriever (Moreira et al. 2024) for mined negatives.
    """
    anchors, positives, negatives = pairs.sides
    right, wrong = (np.einsum("nd,nd->n", anchors, side) for side in (positives, negatives))
    alike = np.einsum("nd,nd->n", positives, negatives)
    same = np.array([row[1].strip().lower() == row[2].strip().lower() for row in pairs.texts])
    concerned = same | (alike >= threshold) | ((wrong >= _AS_NEAR * right) & (right > 0))
    troubles = tuple(
        Trouble(
            f"row {at + 1}",
            "the negative is the positive" if same[at] else f"cosine of the positive {right[at]:.3f}",
            "its negative",
            round(float(wrong[at]), 6),
            leave_out=bool(same[at]),
        )
        for at in sorted(np.flatnonzero(concerned).tolist(), key=lambda at: right[at] - wrong[at])
    )
    return Finding(
        "given negatives",
        "mend" if concerned.mean() > 0.05 or same.any() else "look" if concerned.any() else "fine",
        f"{int(concerned.sum()):,} of {len(concerned):,} negatives lie as near to their anchor as 95 % of the "
        f"positive's cosine, or say what it says ({int(same.sum()):,} word for word)",
        "look at them, or leave negatives out that are so near" if concerned.any() else "",
        shared(int(concerned.sum()), len(concerned)),
        troubles,
    )
