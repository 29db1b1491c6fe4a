"""Rankings as trec_eval reads them: the order of answers, ties among it, and what is relevant of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError

__all__ = ["best_first", "gains", "judged_of"]


def best_first(answers: Mapping[str, float]) -> list[str]:
    """Ids of answers, best first; of equal scores the id that sorts last comes first, as in trec_eval.

    Scores are compared as float32, as trec_eval keeps them. Raises InputError for a score that is NaN.
    """
    scores = np.fromiter(answers.values(), np.float32, len(answers))
    if np.isnan(scores).any():
        worst = list(answers)[int(np.flatnonzero(np.isnan(scores))[0])]
        raise InputError(f"the score of {worst!r} is NaN; leave an answer out that has no score")
    order = sorted(zip(scores.tolist(), answers, strict=True), reverse=True)
    return [name for _, name in order]


def gains(answers: Mapping[str, float], judged: Mapping[str, float], cut: int | None) -> NDArray[np.float64]:
    """The judgement of every answer down to rank `cut`, best answer first `(n,)`; 0 for one that nobody judged."""
    return np.array([max(judged.get(name, 0.0), 0.0) for name in best_first(answers)[:cut]], dtype=np.float64)


def judged_of(judged: Mapping[str, float]) -> NDArray[np.float64]:
    """The judgements above 0 of one query, highest first `(r,)`: the best ranking that there could be."""
    return np.sort(np.array([g for g in judged.values() if g > 0], dtype=np.float64))[::-1]
