"""A question beside the sources chosen for it: their sentences, and how far each source supports an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._ask_choose import Found, Reading, chosen
from likewise.apps._ask_extract import Sentences, read
from likewise.apps._ask_support import coverage, support
from likewise.collection import Collection
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.encoders.text.reranker import Reranker

__all__ = ["Asked", "asked"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What was found for a question: sources, their sentences, and the support of each source `(n,)`."""

    found: Found
    sentences: Sentences
    supports: NDArray[np.float64]

    @property
    def support(self) -> float:
        """That of the best source; 0 where nothing was found."""
        return float(self.supports.max(initial=0.0))


def asked(
    collection: Collection,
    question: str,
    reading: Reading,
    where: str | None = None,
    reranker: Reranker | None = None,
    without: str = "",
) -> Asked:
    """A question read beside its sources, as if the item `without` were not there. InputError for an empty question."""
    words = question.strip() if isinstance(question, str) else ""
    if not words:
        raise InputError("the question is empty; ask for something in words")
    made = collection.encoder.encode_query([words])
    for report in made.failed:
        raise InputError(f"the question cannot be encoded: {report.error}")
    found = chosen(collection, made, words, reading, where, reranker, without)
    unit = made.vectors[0] / max(float(np.linalg.norm(made.vectors[0])), 1e-12)
    sentences = read(unit, found.chosen, collection.encoder)
    passages = np.array([one.cosine for one in found.chosen], dtype=np.float64)
    best = np.array([sentences.best(number) for number in range(1, len(found.chosen) + 1)], dtype=np.float64)
    covered = coverage(words, [one.hit.text for one in found.chosen], found.seen)
    return Asked(found, sentences, support(passages, best, covered))
