"""Scores of every kind of task are those that the package mteb gave for the same vectors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from likewise.evaluation import Task, evaluate
from tests.evaluation.examples import examples
from tests.evaluation.worded import Worded

pytest.importorskip("sklearn")
GOLDEN: dict[str, dict[str, float]] = json.loads(Path(__file__).with_name("evaluation.json").read_text())
NOISY = Worded(3.0)


def _task(name: str) -> Task:
    made: dict[str, Any] = dict(examples())
    if name == "folds":
        made["folds"] = replace(made["classification"], test=None)
    if name == "clustering_part":
        made["clustering_part"] = replace(made["clustering"], fraction=0.7)
    found: Task = made[name]
    return found


@pytest.mark.parametrize("name", list(GOLDEN))
def test_scores_are_those_of_mteb(name: str) -> None:
    (ours,) = evaluate(NOISY, [_task(name)])
    theirs = GOLDEN[name]
    shared = set(ours.scores) & set(theirs)
    assert ours.metric in shared
    assert len(shared) >= 2
    # mteb rounds scores of rankings to five digits; scikit-learn's k-means may change with its version
    near = 0.02 if name.startswith("clustering") else 1e-5
    assert {key: ours.scores[key] for key in shared} == pytest.approx({key: theirs[key] for key in shared}, abs=near)
