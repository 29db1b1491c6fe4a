"""What clusters are called: the words that stand in one and not in the others (class-based TF-IDF).

Grootendorst, "BERTopic: neural topic modeling with a class-based TF-IDF procedure" (2022), with both its ways to do
without a list of stop words: the square root of the share in a class, and the weight of BM25 for how rare a word is.
Named are only words that stand in a class clearly more than in all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, final

import numpy as np

__all__ = ["TopicWords"]

_TOKEN: Final = re.compile(r"[^\W\d_][\w'’+#-]*")
_LEAST: Final = 2
"""A word of fewer letters is left out, unless its script writes words in one (CJK)."""
_MORE: Final = 1.5
"""How many times more often than in all texts a word must stand in those that it names."""


@final
class TopicWords:
    """Counts of words in clusters, and the best words of a cluster or of several together."""

    def __init__(self, texts: Sequence[str], clusters: Sequence[int]) -> None:
        """Texts and the number of the cluster of each; a text of a negative number counts for none."""
        self._counts: dict[int, Counter[str]] = {}
        for text, cluster in zip(texts, clusters, strict=True):
            if cluster >= 0:
                self._counts.setdefault(cluster, Counter()).update(set(_words(text)))
        self._total: Counter[str] = Counter()
        for counts in self._counts.values():
            self._total.update(counts)
        sizes = [sum(counts.values()) for counts in self._counts.values()]
        self._average = float(np.mean(sizes)) if sizes else 0.0

    def best(self, clusters: Sequence[int], count: int) -> tuple[tuple[str, float], ...]:
        """The words of some clusters taken as one class, with their weights, the heaviest first."""
        held: Counter[str] = Counter()
        for cluster in clusters:
            held.update(self._counts.get(cluster, {}))
        size, whole = sum(held.values()), sum(self._total.values())
        weights = {
            word: self._weight(found / size, self._total[word])
            for word, found in held.items()
            if found * whole >= _MORE * self._total[word] * size
        }
        order = sorted(weights, key=lambda word: (-weights[word], word))
        return tuple((word, weights[word]) for word in order[:count] if weights[word] > 0)

    def _weight(self, share: float, total: int) -> float:
        rare = (self._average - total + 0.5) / (total + 0.5)
        return float(np.sqrt(share) * np.log1p(max(rare, -0.999)))


def _words(text: str) -> list[str]:
    return [word for word in _TOKEN.findall(text.casefold()) if len(word) >= _LEAST or ord(word[0]) > 0x2E80]
