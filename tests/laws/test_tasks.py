"""Laws of tasks, over every kind: bounds, a better encoder has a better score, failures cost, the same twice."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from likewise import parts
from likewise.evaluation import Outcome, Search, Task, encoded, evaluate
from likewise.evaluation.tasks.retrieval import Retrieval
from tests.evaluation.examples import examples
from tests.evaluation.worded import Worded

pytest.importorskip("sklearn")
EXAMPLES = examples()
KINDS = pytest.mark.parametrize("kind", parts.names("evaluation.tasks"))


def _judged(task: Task, noise: float = 0.0) -> Outcome:
    (outcome,) = evaluate(Worded(noise), [task])
    return outcome


@cache
def _plain(kind: str) -> Outcome:
    """The example as the encoder without noise has it."""
    return _judged(EXAMPLES[kind])


@KINDS
def test_every_kind_is_named_as_its_file_and_has_an_example(kind: str) -> None:
    made = parts.find("evaluation.tasks", kind)
    assert made.kind == kind
    assert type(EXAMPLES[kind]) is made


@KINDS
def test_scores_are_bounded_and_made_of_units(kind: str) -> None:
    found = _judged(EXAMPLES[kind], noise=3.0)
    assert found.metric in found.scores
    bounded = [name for name in found.scores if not name.endswith("_std")]
    assert all(-1.0 <= found.scores[name] <= 1.0 + 1e-12 for name in bounded)
    assert len(found.units) == len(set(found.units)) == len(found.values) > 1
    assert found.again(np.arange(len(found.units))) == pytest.approx(found.score)
    told = found.values[np.isfinite(found.values)]
    assert not len(told) or found.metric == "f1" or told.mean() == pytest.approx(found.score)
    interval = found.interval
    assert interval.low <= interval.mean == found.score <= interval.high + 1e-9
    assert interval.low < interval.high


@KINDS
def test_the_better_encoder_has_the_better_score(kind: str) -> None:
    assert _plain(kind).score > _judged(EXAMPLES[kind], noise=12.0).score + 0.05


@KINDS
def test_the_same_twice(kind: str) -> None:
    once, again = _judged(EXAMPLES[kind], 2.0), _judged(examples()[kind], 2.0)
    assert dict(once.scores) == dict(again.scores)
    assert once.interval == again.interval


@KINDS
def test_vectors_from_elsewhere_are_judged_alike(kind: str) -> None:
    task = EXAMPLES[kind]
    vectors = encoded(Worded(), task).vectors
    longer = {name: 3 * rows for name, rows in vectors.items()}
    assert task.judge(vectors).score == _plain(kind).score
    if kind not in ("classification", "clustering", "clustering_sets"):  # which look at lengths too
        assert task.judge(longer).score == pytest.approx(_plain(kind).score, abs=1e-6)


def _broken(task: Task) -> Task:
    """The task with one content that no encoder takes."""
    change: dict[str, Any] = {
        "documents": lambda held: {**held, "d7": "broken"},
        "one": lambda held: ["broken", *held[1:]],
        "items": lambda held: [*held[:-1], "broken"],
        "sets": lambda held: [(["broken", *held[0][0][1:]], held[0][1]), *held[1:]],
        "test": lambda held: (["broken", *held[0][1:]], held[1]),
    }
    for one in fields(task):  # type: ignore[arg-type]
        if one.name in change:
            return replace(task, **{one.name: change[one.name](getattr(task, one.name))})  # type: ignore[type-var]
    raise AssertionError(f"{task.kind}: nothing to break")


@KINDS
def test_what_fails_is_told_and_gains_nothing(kind: str) -> None:
    broken = _judged(_broken(EXAMPLES[kind]))
    assert [report.error for report in broken.refused] == ["ValueError: this text breaks the encoder"]
    assert np.isfinite(broken.score)
    if kind in ("bitext_mining", "zero_shot", "retrieval", "reranking"):
        assert broken.score < _plain(kind).score
    if kind == "bitext_mining":
        assert broken.values[0] == 0.0


def test_a_query_finds_itself_only_where_it_may() -> None:
    texts = {f"d{at}": f"boat sail {at}" for at in range(20)}
    judged = {name: {f"d{at ^ 1}": 1.0} for at, name in enumerate(texts)}
    open_, closed = (_judged(Retrieval("twins", texts, texts, judged, own=own)) for own in (True, False))
    assert open_.scores["hit_rate_at_1"] == 0.0  # each is nearest to itself
    assert closed.scores["hit_rate_at_1"] > 0.0
    assert closed.score > open_.score


@pytest.mark.parametrize("kind", ["retrieval", "reranking"])
def test_rankings_of_any_making_are_judged(kind: str) -> None:
    task = EXAMPLES[kind]
    assert isinstance(task, Search)
    assert "q0" not in task.queries  # nothing is relevant to it
    perfect = {
        query: {name: grade for name, grade in task.judged[query].items() if grade > 0} for query in task.queries
    }
    assert task.judge_answers(perfect).score == 1.0
    assert task.judge_answers({}).score == 0.0
    assert task.judge_answers(perfect).units == tuple(task.queries)
