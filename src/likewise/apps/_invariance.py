"""Whether the vector of a text depends on what it is encoded with: alone against batches of several make-ups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._agreement import cosines
from likewise.apps._sides import Answers, Side
from likewise.apps._texts import Text
from likewise.types import OnProgress, Progress, Vectors

__all__ = ["Invariance", "invariance"]

_MOST: Final = 256  # texts that are encoded alone
_SEED: Final = 0
_SMALL: Final = 7  # texts of a small batch; odd, so that batches end unlike


@dataclass(frozen=True, slots=True)
class Invariance:
    """Cosine distances between a text alone and the same text in a batch, over `texts` texts.

    `distance` is the largest, of the text `worst` in the batches `where`; `batches` are the largest distance in each
    make-up. `failed` tells texts that fail in one company and not in another.
    """

    texts: int
    distance: float
    worst: str
    where: str
    batches: tuple[tuple[str, float], ...]
    failed: tuple[tuple[str, str], ...]


def invariance(side: Side, texts: Sequence[Text], progress: OnProgress | None = None) -> Invariance:
    """Encode each text alone and then all of them in four kinds of batches; of more than 256 texts, a sample."""
    rng = np.random.default_rng(_SEED)
    chosen = _chosen(texts, rng)
    alone = _alone(side, chosen, progress)
    failed = [(text.id, f"alone: {row}") for text, row in zip(chosen, alone, strict=True) if isinstance(row, str)]
    batches, worst = [], (0.0, "", "")
    for where, rows in _variants(side, chosen, rng):
        failed += [(t.id, f"{where}: {row}") for t, row in zip(chosen, rows, strict=True) if isinstance(row, str)]
        distances = [_distance(a, b) for a, b in zip(alone, rows, strict=True)]
        at = int(np.argmax(distances))
        batches.append((where, distances[at]))
        if distances[at] > worst[0]:
            worst = distances[at], chosen[at].id, where
    return Invariance(len(chosen), *worst, tuple(batches), tuple(failed))


def _chosen(texts: Sequence[Text], rng: np.random.Generator) -> list[Text]:
    """All, or a sample that holds the shortest and the longest: they meet the most padding."""
    if len(texts) <= _MOST:
        return list(texts)
    lengths = [len(text.text) for text in texts]
    ends = {int(np.argmin(lengths)), int(np.argmax(lengths))}
    rest = [int(i) for i in rng.permutation(len(texts)) if int(i) not in ends]
    return [texts[i] for i in sorted([*ends, *rest[: _MOST - len(ends)]])]


def _distance(a: Vectors | str, b: Vectors | str) -> float:
    """The cosine distance of two vectors; 0 where one of them failed, which is told apart, 2 where shapes differ."""
    if isinstance(a, str) or isinstance(b, str):
        return 0.0
    return max(0.0, 1 - float(cosines(a[None], b[None])[0])) if a.shape == b.shape else 2.0


def _rows(answers: Answers) -> list[Vectors | str]:
    """For every text its vector, or why there is none."""
    return [error or vector for vector, error in zip(answers.vectors, answers.errors, strict=True)]


def _alone(side: Side, texts: Sequence[Text], progress: OnProgress | None) -> list[Vectors | str]:
    rows = []
    for done, text in enumerate(texts, start=1):
        rows += _rows(side.answer([text]))
        if progress is not None:
            progress(Progress("alone", done, len(texts), "texts"))
    return rows


def _variants(side: Side, texts: Sequence[Text], rng: np.random.Generator) -> Iterator[tuple[str, list[Vectors | str]]]:
    """Batches of each make-up: their name, and what came of the texts, in the order of the texts."""
    n = len(texts)
    half = rng.permutation(n)
    plans: list[tuple[str, list[NDArray[np.int64]], int | None]] = [
        ("all together", [np.arange(n)], None),
        ("all together, shuffled", [rng.permutation(n)], None),
        ("two random halves", [half[: n // 2], half[n // 2 :]], None),
        (f"batches of {_SMALL}, shuffled", [rng.permutation(n)], _SMALL),
    ]
    for name, orders, size in plans:
        rows: list[Vectors | str] = [""] * n
        for order in orders:
            for i, row in zip(order, _rows(side.answer([texts[i] for i in order], size)), strict=True):
                rows[i] = row
        yield name, rows
