"""Retrieval: find the documents that answer a query among all there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, final

from likewise.evaluation._outcome import Outcome
from likewise.evaluation._task import Input, Search
from likewise.evaluation.tasks._ranked import asked, inputs, judged_answers, ranked
from likewise.metrics import Answers, Judged
from likewise.types import Vectors

__all__ = ["Retrieval"]


@final
@dataclass(frozen=True)
class Retrieval(Search):
    """`judged` says what is relevant: query -> document -> grade. Queries without a relevant document are left out.

    `own` False: a query's own id is no answer, as where queries are documents themselves (ArguAna).
    Raises InputError where no query has anything relevant.
    """

    kind: ClassVar[str] = "retrieval"
    metric: ClassVar[str] = "ndcg_at_10"
    name: str
    documents: Mapping[str, object] = field(repr=False)
    queries: Mapping[str, object] = field(repr=False)
    judged: Judged = field(repr=False)
    own: bool = True
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "queries", asked(self.name, self.queries, self.judged))

    @property
    def inputs(self) -> Mapping[str, Input]:
        return inputs(self)

    def allowed(self, query: str) -> Sequence[str] | None:  # noqa: ARG002
        """None: every query is asked among all documents."""
        return None

    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """Documents ranked by the cosine with the query, the first 1,000 of them judged."""
        return self.judge_answers(ranked(self, vectors))

    def judge_answers(self, answers: Answers) -> Outcome:
        """The outcome of rankings, however they were made."""
        return judged_answers(self, answers, self.notes)
