"""Normalised discounted cumulative gain: relevant answers, graded, and how far up they stand."""

from __future__ import annotations

import numpy as np

from likewise.metrics._kinds import Numbers, ranked

__all__ = ["ndcg"]


@ranked
def ndcg(found: Numbers, ideal: Numbers, k: int | None) -> float:
    """The sum of relevance / log2(rank + 1), over that of the best ranking there could be (Järvelin, Kekäläinen 2002).

    The gain is the judgement itself, as in trec_eval, not 2**judgement - 1.
    """
    return _dcg(found) / _dcg(ideal[:k])


def _dcg(gains: Numbers) -> float:
    return float((gains / np.log2(np.arange(2, len(gains) + 2))).sum())
