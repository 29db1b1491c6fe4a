"""What a task is: what to encode, and how the vectors are judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from likewise.evaluation._outcome import Numbers, Outcome
from likewise.metrics import Answers, Judged
from likewise.types import Role, Vectors

__all__ = ["Input", "Search", "Task", "cosines", "units"]


@final
@dataclass(frozen=True, slots=True)
class Input:
    """What is encoded in one role: texts, other contents or `Item`s, named row by row."""

    names: Sequence[str]
    items: Sequence[object]
    role: Role


class Task(ABC):
    """One thing that encoders are good or bad at. Frozen; reading and sampling are over when it is made.

    `kind` is the name of its file in `tasks/`, `metric` the score that counts.
    """

    kind: ClassVar[str]
    metric: ClassVar[str]
    name: str

    @property
    @abstractmethod
    def inputs(self) -> Mapping[str, Input]:
        """What is to be encoded, by the names under which `judge` wants the vectors."""

    @abstractmethod
    def judge(self, vectors: Mapping[str, Vectors]) -> Outcome:
        """The outcome of vectors `(n, dim)` float32 for every input; a row of zeros stands for what failed."""


class Search(Task):
    """A task that is judged by rankings, so that what has no vectors (BM25, a reranker) can take part too.

    `documents` and `queries` are contents by id, of text the title stands before a document; every query has something
    relevant in `judged`. Where `own` is False the document of a query's own id is no answer to it.
    """

    documents: Mapping[str, object]
    queries: Mapping[str, object]
    judged: Judged
    own: bool

    @abstractmethod
    def allowed(self, query: str) -> Sequence[str] | None:
        """Ids of the documents among which this query is asked; None: among all."""

    @abstractmethod
    def judge_answers(self, answers: Answers) -> Outcome:
        """The outcome of rankings, however they were made: query -> document -> score."""


def cosines(one: Vectors, other: Vectors) -> Numbers:
    """The cosine of row i of both `(n,)`, 0 where a row is zero."""
    return np.asarray(np.einsum("ij,ij->i", units(one), units(other), dtype=np.float64))


def units(vectors: Vectors) -> Vectors:
    """Rows of length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    made: Vectors = (vectors / np.where(lengths == 0, np.float32(1), lengths)).astype(np.float32)
    return made
