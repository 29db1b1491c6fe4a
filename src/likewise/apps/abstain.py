"""Learn when `ask` should not answer, from questions whose sources are known, asked with them and without."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from likewise.apps._ask_choose import Reading
from likewise.apps._ask_read import asked
from likewise.apps._ask_support import Support, fit
from likewise.collection import Collection
from likewise.errors import InputError
from likewise.types import OnProgress, Progress

__all__ = ["abstain"]


def abstain(
    collection: Collection,
    questions: Iterable[tuple[str, str]],
    *,
    lost: float = 0.1,
    reading: Reading | None = None,
    progress: OnProgress | None = None,
) -> Support:
    """The threshold for `ask` out of (question, id of the item that answers it) pairs.

    Each question is asked twice: as the collection is, and as if the item were not there. The threshold is the highest
    that refuses no more than the share `lost` of those whose source is there. `kept` and `refused` of the result are of
    the same questions; for an honest figure learn from one half and try the other (benchmarks/ask.py does). Raises
    InputError for fewer than 20 questions and for an item that is not in the collection.
    """
    pairs = list(questions)
    fit(len(pairs), lost)
    known = {entry.id for entry in collection.items() if entry.passages}
    for question, item in pairs:
        if item not in known:
            raise InputError(f"the source {item!r} of {question!r} is not in {collection.path}: give the id of an item")
    supports = np.empty((len(pairs), 2))
    for row, (question, item) in enumerate(pairs):
        for at, without in enumerate(("", item)):
            supports[row, at] = asked(collection, question, reading or Reading(), without=without).support
        if progress is not None:
            progress(Progress("ask", row + 1, len(pairs), "questions"))
    return Support.learned(collection.encoder.space, supports[:, 0], supports[:, 1], lost)
