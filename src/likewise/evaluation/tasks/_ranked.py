"""Rankings judged by every cut-off at once, and documents ranked by cosine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

import numpy as np

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation._outcome import Numbers, Outcome, Rows
from likewise.evaluation._task import Input, Search, units
from likewise.metrics import Answers, Judged, Ranked
from likewise.metrics._ranking import gains, judged_of
from likewise.types import Vectors

__all__ = ["asked", "inputs", "judged_answers", "ranked"]

_CUTS = (1, 3, 5, 10, 20, 100, 1000)
_NAMES = {
    "ndcg": "ndcg",
    "map": "mean_average_precision",
    "recall": "recall",
    "precision": "precision",
    "mrr": "mrr",
    "hit_rate": "hit_rate",
}
_CELLS = 1 << 25  # cosines held at a time


def asked(name: str, queries: Mapping[str, object], judged: Judged) -> dict[str, object]:
    """The queries that have a relevant document: the others can tell no ranking from another.

    Raises InputError where none has one, and for a judgement that is not finite.
    """
    for query, true in judged.items():
        for document, grade in true.items():
            if not isfinite(grade):
                raise InputError(
                    f"{name}: {document!r} is judged {grade} for {query!r}; wanted a number, 0 for not relevant"
                )
    kept = {q: content for q, content in queries.items() if any(grade > 0 for grade in judged.get(q, {}).values())}
    if not kept:
        raise InputError(f"{name}: none of {len(queries)} queries has a relevant document; do the ids fit?")
    return kept


def inputs(task: Search) -> dict[str, Input]:
    """Documents and queries, each in its role."""
    return {
        "documents": Input(tuple(task.documents), tuple(task.documents.values()), "document"),
        "queries": Input(tuple(task.queries), tuple(task.queries.values()), "query"),
    }


def judged_answers(task: Search, answers: Answers, notes: tuple[str, ...]) -> Outcome:
    """Every score at every cut-off, and the main one query by query."""
    rules: dict[str, Ranked] = {short: parts.find("metrics", long) for short, long in _NAMES.items()}
    values: dict[str, list[float]] = {f"{short}_at_{k}": [] for short in rules for k in _CUTS}
    for query in task.queries:
        given = answers.get(query, {})
        kept = given if task.own else {name: score for name, score in given.items() if name != query}
        found, ideal = gains(kept, task.judged[query], _CUTS[-1]), judged_of(task.judged[query])
        for short, rule in rules.items():
            for k in _CUTS:
                values[f"{short}_at_{k}"].append(rule.rule(found[:k], ideal, k))
    own: Numbers = np.array(values[task.metric])
    scores = {key: float(np.mean(some)) for key, some in values.items()}
    again = lambda rows: float(own[rows].mean())  # noqa: E731
    return Outcome(task.name, task.kind, task.metric, scores, "query", tuple(task.queries), own, again, (), notes)


def ranked(task: Search, vectors: Mapping[str, Vectors]) -> dict[str, dict[str, float]]:
    """For every query the documents nearest by cosine, of those that it may find: query -> document -> score.

    What could not be encoded, a row of zeros, finds nothing and is not found.
    """
    names, rows = list(task.documents), units(vectors["documents"])
    places = {name: at for at, name in enumerate(names)}
    failed = np.logical_not(rows.any(axis=1))
    queries, asked_as = list(task.queries), units(vectors["queries"])
    answers: dict[str, dict[str, float]] = {}
    step = max(_CELLS // max(len(names), 1), 1)
    for start in range(0, len(queries), step):
        some = asked_as[start : start + step]
        for query, vector, scores in zip(queries[start : start + step], some, some @ rows.T, strict=True):
            scores[failed] = -np.inf
            best = _best(scores, _among(task, query, places)).tolist() if vector.any() else ()
            answers[query] = {names[at]: float(scores[at]) for at in best if not failed[at]}
    return answers


def _among(task: Search, query: str, places: Mapping[str, int]) -> Rows | None:
    """Rows of the documents that a query may find; None: all of them."""
    allowed: Sequence[str] | None = task.allowed(query)
    alone = task.own or query not in places
    if allowed is None and alone:
        return None
    rows = np.arange(len(places)) if allowed is None else np.array([places[name] for name in allowed], np.intp)
    return rows if alone else rows[rows != places[query]]


def _best(scores: Vectors, among: Rows | None) -> Rows:
    """Rows of the best scores, as many as the last cut-off looks at, in no order."""
    k = _CUTS[-1]
    some = scores if among is None else scores[among]
    best = np.argpartition(some, len(some) - k)[-k:] if len(some) > k else np.arange(len(some))
    return best if among is None else among[best]
