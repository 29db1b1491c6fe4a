"""Scores are those of the package mteb: its tasks run by likewise, likewise's encoder run by mteb.

It needs mteb, which brings torch, and so runs only where that is installed; the scores that mteb gave are kept in
tests/golden/evaluation.json, which every run is held against.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from likewise.errors import InputError
from likewise.evaluation import evaluate
from likewise.evaluation.from_mteb import from_mteb
from likewise.evaluation.to_mteb import to_mteb
from tests.evaluation.mteb_tasks import mteb_tasks
from tests.evaluation.worded import Worded

mteb = pytest.importorskip("mteb")
pytestmark = pytest.mark.filterwarnings("ignore")  # what mteb and its libraries warn of is not ours to mend


@pytest.fixture(scope="module")
def tasks() -> dict[str, Any]:
    return mteb_tasks()


def _by_mteb(task: Any) -> dict[str, float]:
    found = mteb.evaluate(to_mteb(Worded(3.0)), task, cache=None, show_progress_bar=False, co2_tracker=False)
    ((scores,),) = found.task_results[0].scores.values()
    return {key: value for key, value in scores.items() if isinstance(value, float)}


@pytest.mark.parametrize(
    "name",
    [
        "retrieval",
        "reranking",
        "sts",
        "pair_classification",
        "classification",
        "folds",
        "clustering",
        "clustering_part",
        "clustering_sets",
        "bitext_mining",
        "zero_shot",
    ],
)
def test_scores_are_those_of_mteb(tasks: dict[str, Any], name: str) -> None:
    (ours,) = evaluate(Worded(3.0), [tasks[name]])
    theirs = _by_mteb(mteb_tasks()[name])
    shared = set(ours.scores) & set(theirs)
    assert {ours.metric, tasks[name].metadata.main_score} & shared
    # mteb rounds scores of rankings to five digits
    apart = {key: (ours.scores[key], theirs[key]) for key in shared if abs(ours.scores[key] - theirs[key]) > 1e-5}
    assert not apart
    assert len(shared) >= 2


def test_a_protocol_that_likewise_does_not_know_is_run_by_mteb(tasks: dict[str, Any]) -> None:
    task = tasks["sts"]
    parent: Any = type(task).__mro__[1]

    def halved(self: Any, *args: Any, **how: Any) -> Any:
        scores = parent._evaluate_subset(self, *args, **how)
        return {**scores, "cosine_spearman": scores["cosine_spearman"] / 2}

    foreign = type("Strange", (parent,), {"metadata": task.metadata, "_evaluate_subset": halved})()
    foreign.dataset, foreign.data_loaded = task.dataset, True
    with pytest.raises(InputError, match="a kind that likewise does not know"):
        from_mteb(foreign)
    (outcome,) = evaluate(Worded(3.0), [foreign])
    (own,) = evaluate(Worded(3.0), [task])
    assert outcome.score == pytest.approx(own.score / 2, abs=1e-6)
    assert outcome.units == ()
    assert np.isnan(outcome.interval.low)
    assert "run by mteb" in outcome.notes[0]


def test_what_is_no_task_is_refused() -> None:
    with pytest.raises(InputError, match="is no task"):
        list(evaluate(Worded(), ["scifact"]))
