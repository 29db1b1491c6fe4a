"""Laws of metrics, over every member of the room: bounds, order, ties, emptiness, and what cannot be meant."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise import parts
from likewise.errors import InputError
from likewise.metrics import Agreement, Detection, Geometry, Labelled, Metric, Partition, Ranked, mean

ALL: dict[str, Metric] = {name: parts.find("metrics", name) for name in parts.names("metrics")}


def _of(kind: type[Metric]) -> pytest.MarkDecorator:
    members = [metric for metric in ALL.values() if isinstance(metric, kind)]
    assert members
    return pytest.mark.parametrize("metric", members, ids=lambda m: m.name)


GRADES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-1, 3), max_size=8)
SCORES = st.dictionaries(st.sampled_from("abcdefghij"), st.sampled_from([0.0, 0.25, 0.5, 1.0, -3.0]), max_size=10)
CUT = st.one_of(st.none(), st.integers(1, 12))


def test_every_member_is_a_metric_of_its_own_name() -> None:
    for name, metric in ALL.items():
        assert metric.name == name
        assert metric.low <= metric.best <= metric.high


@_of(Ranked)
@given(answers=SCORES, judged=GRADES, k=CUT)
@settings(max_examples=60, deadline=None)
def test_rankings_stay_within_bounds_whatever_is_given(metric: Ranked, answers: Any, judged: Any, k: Any) -> None:
    value = metric({"q": answers, "nobody asked": {"a": 1.0}}, {"q": judged}, k)["q"]
    assert 0.0 <= value <= 1.0 + 1e-12


@_of(Ranked)
def test_the_best_ranking_has_1_and_silence_0(metric: Ranked) -> None:
    judged = {"q": {"a": 3.0, "b": 2.0, "c": 1.0, "d": 0.0}}
    best = {"q": {"a": 0.9, "b": 0.8, "c": 0.7}}
    assert metric(best, judged)["q"] == pytest.approx(1.0)
    assert metric({}, judged) == {"q": 0.0}
    assert metric({"q": {}}, judged, 3) == {"q": 0.0}
    assert metric(best, {"q": {"d": 0.0}, "r": {}}) == {"q": 0.0, "r": 0.0}
    assert metric(best, {}) == {}


@_of(Ranked)
@given(answers=SCORES, judged=GRADES, k=CUT)
@settings(max_examples=60, deadline=None)
def test_a_relevant_answer_moved_up_never_harms(metric: Ranked, answers: Any, judged: Any, k: Any) -> None:
    relevant = [name for name, grade in judged.items() if grade > 0]
    if not relevant:
        return
    best = max(relevant, key=lambda name: judged[name])
    moved = {**answers, best: 9.0}
    before, after = metric({"q": answers}, {"q": judged}, k)["q"], metric({"q": moved}, {"q": judged}, k)["q"]
    assert after >= before - 1e-12


@_of(Ranked)
def test_the_order_in_which_things_are_given_says_nothing(metric: Ranked) -> None:
    answers = {"b": 0.5, "a": 0.5, "c": 0.5, "d": 0.9}
    judged = {"a": 1.0, "d": 0.0, "c": 2.0}
    turned = dict(reversed(answers.items()))
    assert metric({"q": answers}, {"q": judged}, 2) == metric({"q": turned}, {"q": dict(reversed(judged.items()))}, 2)


@_of(Ranked)
def test_a_rank_below_the_first_and_a_score_that_is_none_are_refused(metric: Ranked) -> None:
    with pytest.raises(InputError, match="k is 0"):
        metric({"q": {"a": 1.0}}, {"q": {"a": 1}}, 0)
    with pytest.raises(InputError, match="score of 'b' is NaN"):
        metric({"q": {"a": 1.0, "b": math.nan}}, {"q": {"a": 1}})


def test_of_equal_scores_the_last_name_comes_first() -> None:
    answers = {"q": {"a": 0.5, "b": 0.5}}
    assert parts.find("metrics", "mrr")(answers, {"q": {"b": 1}})["q"] == 1.0
    assert parts.find("metrics", "mrr")(answers, {"q": {"a": 1}})["q"] == 0.5


@_of(Agreement)
@given(numbers=st.lists(st.floats(-5, 5, width=16), min_size=2, max_size=30), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_agreement_is_symmetric_and_bounded(metric: Agreement, numbers: list[float], seed: int) -> None:
    other = np.random.default_rng(seed).integers(0, 4, len(numbers)).astype(float)
    value = metric(numbers, other)
    assert math.isnan(value) or -1.0 <= value <= 1.0
    np.testing.assert_allclose(value, metric(other, numbers), atol=1e-12)
    if np.ptp(numbers) > 0:
        assert metric(numbers, 3 * np.array(numbers) + 1) == pytest.approx(1.0)
        assert metric(numbers, -np.array(numbers)) == pytest.approx(-1.0)


@_of(Agreement)
def test_a_constant_side_says_nothing(metric: Agreement) -> None:
    assert math.isnan(metric([1, 1, 1], [1, 2, 3]))
    with pytest.raises(InputError, match="wanted at least two"):
        metric([1], [2])
    with pytest.raises(InputError, match="two lists of one length"):
        metric([1, 2], [1, 2, 3])
    with pytest.raises(InputError, match="is NaN"):
        metric([1, 2], [math.nan, 1])


@_of(Labelled)
@given(found=st.lists(st.sampled_from("abc"), max_size=20), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_labels_stay_within_bounds(metric: Labelled, found: list[str], seed: int) -> None:
    truth = [str(label) for label in np.random.default_rng(seed).choice(list("abd"), len(found))]
    assert 0.0 <= metric(found, truth) <= 1.0
    assert metric(truth, truth) == (1.0 if truth else 0.0)
    assert metric([1] * len(truth), [2] * len(truth)) == 0.0


@_of(Labelled)
def test_labels_of_two_kinds_are_refused(metric: Labelled) -> None:
    with pytest.raises(InputError, match="labels are int and str"):
        metric([1, 2], ["1", "2"])
    with pytest.raises(InputError, match="two lists of one length"):
        metric(["1"], [])


PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=30)


@_of(Detection)
@given(pairs=PAIRS)
@settings(max_examples=80, deadline=None)
def test_detection_is_bounded_and_blind_to_order(metric: Detection, pairs: list[tuple[float, bool]]) -> None:
    scores, same = [s for s, _ in pairs], [t for _, t in pairs]
    value = metric(scores, same)
    if len(set(same)) < 2:
        assert math.isnan(value)
        return
    assert 0.0 <= value <= 1.0 + 1e-12
    assert metric(scores[::-1], same[::-1]) == pytest.approx(value)
    assert metric(np.exp(scores), same) == pytest.approx(value)


@_of(Detection)
def test_perfect_and_blind_scores(metric: Detection) -> None:
    same = [True, True, False, False, False]
    assert metric([4, 5, 1, 2, 3], same) == pytest.approx(metric.best)
    blind = {"auroc": 0.5, "eer": 0.5, "min_dcf": 1.0, "average_precision": 0.4}
    assert metric([1, 1, 1, 1, 1], same) == pytest.approx(blind[metric.name])


@_of(Detection)
def test_what_is_neither_same_nor_not_is_refused(metric: Detection) -> None:
    with pytest.raises(InputError, match="is 0 or 1"):
        metric([1, 2, 3], [0, 1, 2])
    with pytest.raises(InputError, match="is NaN"):
        metric([1, math.nan], [0, 1])


@_of(Partition)
@given(found=st.lists(st.integers(0, 3), min_size=1, max_size=25), seed=st.integers(0, 9))
@settings(max_examples=80, deadline=None)
def test_clusterings_stay_within_bounds_whatever_they_are_called(
    metric: Partition, found: list[int], seed: int
) -> None:
    truth = np.random.default_rng(seed).integers(0, 4, len(found)).tolist()
    value = metric(found, truth)
    assert metric.low - 1e-12 <= value <= 1.0 + 1e-12
    assert metric([f"c{c}" for c in found], truth) == pytest.approx(value)
    assert metric(truth, found) == pytest.approx(value)
    assert metric(found, found) == pytest.approx(1.0)
    assert metric([], []) == 1.0


VECTORS = np.random.default_rng(0).standard_normal((60, 5))
GIVEN: dict[str, tuple[Any, ...]] = {
    "alignment": (VECTORS, VECTORS[::-1]),
    "anisotropy": (VECTORS,),
    "hubness": (np.random.default_rng(1).integers(0, 60, (60, 4)),),
    "index_recall": ([[1, 2, -1], [4, 5, 6]], [[2, 3, 1], [7, 8, 9]]),
    "uniformity": (VECTORS,),
}
BEST: dict[str, tuple[Any, ...]] = {
    "alignment": (VECTORS, 3 * VECTORS),
    "anisotropy": (np.vstack([np.eye(4)]),),
    "hubness": (np.roll(np.arange(12), 1)[:, None],),
    "index_recall": ([["b", "a"]], [["a", "b"]]),
    "uniformity": (np.array([[1.0, 0.0], [-1.0, 0.0]]),),
}


@_of(Geometry)
def test_geometry_stays_within_bounds_and_reaches_its_best(metric: Geometry) -> None:
    assert metric.low <= metric(*GIVEN[metric.name]) <= metric.high
    assert metric(*BEST[metric.name]) == pytest.approx(metric.best)


@_of(Geometry)
def test_geometry_refuses_what_has_no_direction(metric: Geometry) -> None:
    with pytest.raises(InputError):
        metric(*(np.zeros((0,)) for _ in GIVEN[metric.name]))


def test_the_mean_over_no_queries_is_0() -> None:
    assert mean({}) == 0.0
    assert mean({"a": 1.0, "b": 0.0}) == 0.5
