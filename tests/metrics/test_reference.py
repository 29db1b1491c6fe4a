"""Metrics of labels, scores, clusters and numbers are those of scikit-learn and SciPy on random cases."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from likewise import parts
from likewise.metrics import rates
from tests.metrics.drawn import labels, numbers, pairs

learned = pytest.importorskip("sklearn.metrics")
stats = pytest.importorskip("scipy.stats")
optimize = pytest.importorskip("scipy.optimize")

CASES = 200  # benchmarks/metrics.py has 1,000


def _metric(name: str) -> Any:
    return parts.find("metrics", name)


def _each(seed: int) -> Any:
    rng = np.random.default_rng(seed)
    for _ in range(CASES):
        yield rng, int(rng.integers(2, 60))


def _same(ours: Callable[..., float], theirs: Callable[..., float], seed: int, draw: Callable[..., Any]) -> None:
    """Both on random cases; `draw(rng, n)` gives what both take."""
    found, wanted = [], []
    for rng, n in _each(seed):
        case = draw(rng, n)
        found.append(ours(*case))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted.append(float(theirs(*case)))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9)
    assert np.nanstd(wanted) > 0


@pytest.mark.parametrize(("name", "theirs"), [("pearson", "pearsonr"), ("spearman", "spearmanr")])
def test_agreement_is_that_of_scipy(name: str, theirs: str) -> None:
    _same(_metric(name), lambda a, b: getattr(stats, theirs)(a, b)[0], 1, numbers)


@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_f1_is_that_of_scikit_learn(average: str) -> None:
    _same(
        lambda found, truth: _metric("f1")(found, truth, average=average),
        lambda found, truth: learned.f1_score(truth, found, average=average, zero_division=0),
        2,
        labels,
    )


def test_accuracy_is_that_of_scikit_learn() -> None:
    _same(_metric("accuracy"), lambda found, truth: learned.accuracy_score(truth, found), 3, labels)


@pytest.mark.parametrize(
    ("name", "theirs"), [("average_precision", "average_precision_score"), ("auroc", "roc_auc_score")]
)
def test_detection_is_that_of_scikit_learn(name: str, theirs: str) -> None:
    _same(_metric(name), lambda scores, same: getattr(learned, theirs)(same, scores), 4, pairs)


def _eer(scores: Any, same: Any) -> float:
    accepted, right, _ = learned.roc_curve(same, scores, drop_intermediate=False)
    return float(optimize.brentq(lambda x: 1 - x - np.interp(x, accepted, right), 0, 1, xtol=1e-13))


def test_the_equal_error_rate_is_where_the_roc_curve_meets_the_diagonal() -> None:
    _same(_metric("eer"), _eer, 5, _pairs_apart)


def _pairs_apart(rng: np.random.Generator, n: int) -> Any:
    """Without ties between the kinds: the common recipe interpolates at a step there, which is no function."""
    scores, same = rng.random(n), rng.random(n) < 0.4
    same[:2] = True, False
    return scores + 0.3 * same, same


def _cost(scores: Any, same: Any) -> float:
    """The definition, threshold by threshold."""
    costs = []
    for threshold in [*np.unique(scores), np.inf]:
        taken = scores >= threshold
        costs.append(0.05 * np.mean(~taken[same]) + 0.95 * np.mean(taken[~same]))
    return float(min(costs)) / 0.05


def test_the_least_cost_is_that_of_its_definition() -> None:
    _same(lambda scores, same: _metric("min_dcf")(scores, same, prior=0.05), _cost, 6, pairs)


def test_rates_are_those_of_the_roc_curve_of_scikit_learn() -> None:
    for rng, n in _each(7):
        scores, same = pairs(rng, n)
        accepted, right, thresholds = learned.roc_curve(same, scores, drop_intermediate=False)
        found = rates(scores, same)
        np.testing.assert_allclose(found.accepted, accepted, atol=1e-12)
        np.testing.assert_allclose(1 - found.missed, right, atol=1e-12)
        np.testing.assert_array_equal(found.thresholds, thresholds)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("v_measure", "v_measure_score"), ("nmi", "normalized_mutual_info_score"), ("ari", "adjusted_rand_score")],
)
def test_clusterings_are_those_of_scikit_learn(name: str, theirs: str) -> None:
    _same(_metric(name), lambda found, truth: getattr(learned, theirs)(truth, found), 8, labels)


@pytest.mark.parametrize("average", ["geometric", "min", "max"])
def test_other_means_of_entropies(average: str) -> None:
    _same(
        lambda found, truth: _metric("nmi")(found, truth, average=average),
        lambda found, truth: learned.normalized_mutual_info_score(truth, found, average_method=average),
        9,
        labels,
    )


def test_a_greater_beta_weighs_completeness() -> None:
    _same(
        lambda found, truth: _metric("v_measure")(found, truth, beta=0.5),
        lambda found, truth: learned.v_measure_score(truth, found, beta=0.5),
        10,
        labels,
    )


def test_hubness_is_the_skewness_of_scipy() -> None:
    def draw(rng: np.random.Generator, n: int) -> Any:
        return (rng.integers(0, n, (n, 5)) ** 2 // n,)

    def skew(rows: Any) -> float:
        return float(stats.skew(np.bincount(rows.ravel(), minlength=len(rows))))

    _same(_metric("hubness"), lambda rows: np.nan_to_num(skew(rows)), 11, draw)


def test_uniformity_and_anisotropy_are_those_of_their_definitions() -> None:
    rng = np.random.default_rng(12)
    for n in (2, 7, 1_500):  # beyond one block of rows
        rows = rng.standard_normal((n, 6)) + 0.5
        units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        above = np.triu_indices(n, 1)
        cosines = (units @ units.T)[above]
        wanted = np.log(np.mean(np.exp(-2 * (2 - 2 * cosines))))
        assert _metric("uniformity")(rows) == pytest.approx(wanted, abs=1e-9)
        assert _metric("anisotropy")(rows) == pytest.approx(cosines.mean(), abs=1e-9)
        turned = np.roll(rows, 1, axis=0)
        gaps = units - np.roll(units, 1, axis=0)
        assert _metric("alignment")(rows, turned) == pytest.approx(np.mean((gaps**2).sum(axis=1)), abs=1e-9)
