"""Reranking: put the documents that answer a query before others that were found for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, final

from likewise.errors import InputError
from likewise.evaluation._outcome import Outcome
from likewise.evaluation._task import Input, Search
from likewise.evaluation.tasks._ranked import asked, inputs, judged_answers, ranked
from likewise.metrics import Answers, Judged
from likewise.types import Vectors

__all__ = ["Reranking"]


@final
@dataclass(frozen=True)
class Reranking(Search):
    """`candidates` are the ids of documents among which a query is asked: query -> documents.

    A query without candidates has no answers and so 0. Raises InputError for a candidate that is no document.
    """

    kind: ClassVar[str] = "reranking"
    metric: ClassVar[str] = "map_at_1000"
    name: str
    documents: Mapping[str, object] = field(repr=False)
    queries: Mapping[str, object] = field(repr=False)
    judged: Judged = field(repr=False)
    candidates: Mapping[str, Sequence[str]] = field(repr=False)
    own: bool = True
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "queries", asked(self.name, self.queries, self.judged))
        for query, names in self.candidates.items():
            for name in names:
                if name not in self.documents:
                    raise InputError(f"{self.name}: the candidate {name!r} of query {query!r} is no document")

    @property
    def inputs(self) -> Mapping[str, Input]:
        return inputs(self)

    def allowed(self, query: str) -> Sequence[str] | None:
        """The candidates of a query."""
        return self.candidates.get(query, ())

    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """Candidates ranked by the cosine with the query."""
        return self.judge_answers(ranked(self, vectors))

    def judge_answers(self, answers: Answers) -> Outcome:
        """The outcome of rankings, however they were made; an answer that was no candidate does not count."""
        kept = {q: {d: s for d, s in given.items() if d in set(self.allowed(q) or ())} for q, given in answers.items()}
        return judged_answers(self, kept, self.notes)
