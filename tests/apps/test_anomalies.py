"""Anomalies: scores as their definitions say, false alarms at the share asked for, and reasons that are true."""

from __future__ import annotations

import numpy as np
import pytest

from likewise.apps._neighbours import neighbours
from likewise.apps._outlying import METHODS, Method, outlying
from likewise.apps.anomalies import anomalies
from likewise.errors import InputError, MissingLibrary, SpaceError
from likewise.types import Vectors
from tests.hashed import Hashed


def _units(vectors: Vectors) -> Vectors:
    made: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return made


def _planted(count: int = 300, odd: int = 6, seed: int = 0, dim: int = 16) -> Vectors:
    """Points around one direction, and a few anywhere, which come last."""
    rng = np.random.default_rng(seed)
    normal = np.eye(dim)[0] * 3 + 0.5 * rng.standard_normal((count, dim))
    return np.concatenate([normal, rng.standard_normal((odd, dim))]).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_what_was_planted_is_found(method: Method) -> None:
    found = anomalies(_planted(), method=method, top=6)
    assert {one.passage.id for one in found.ranked[:6]} == {str(300 + n) for n in range(6)}
    assert [one.flagged for one in found.ranked] == [n < found.flagged for n in range(len(found.ranked))]
    assert 3 <= found.flagged <= 9
    assert [one.score for one in found.ranked] == sorted((one.score for one in found.ranked), reverse=True)
    assert (len(found.ids), len(found.scores)) == (306, 306)
    assert found.ranked[0].p is None


@pytest.mark.parametrize("method", METHODS)
def test_false_alarms_come_at_the_share_asked_for(method: Method) -> None:
    normal, fresh = _planted(1_000, 0, seed=1), _planted(1_000, 0, seed=2)
    found = anomalies(fresh, normal, method=method, alarms=0.05)
    assert 0.02 < found.flagged / 1_000 < 0.09
    strange = anomalies(_planted(1, 40, seed=3)[1:], normal, method=method, alarms=0.05)
    assert strange.flagged >= 36
    assert all(one.p is not None and 0 < one.p <= 1 for one in strange.ranked)


def test_knn_is_the_mean_distance_to_the_nearest() -> None:
    units = _units(_planted(60, 3))
    products = units.astype(np.float64) @ units.T
    np.fill_diagonal(products, -np.inf)
    wanted = 1 - np.sort(products, axis=1)[:, -5:].mean(axis=1)
    found = outlying(units, None, "knn", 5, 0)
    np.testing.assert_allclose(found.scores, wanted, atol=1e-6)
    np.testing.assert_array_equal(found.nearest, products.argmax(axis=1))
    beside = outlying(units[:20], units[20:], "knn", 5, 0)
    np.testing.assert_allclose(beside.scores, 1 - np.sort(units[:20] @ units[20:].T, axis=1)[:, -5:].mean(1), atol=1e-6)


@pytest.mark.parametrize("k", [3, 10])
def test_lof_is_that_of_scikit_learn(k: int) -> None:
    reference = pytest.importorskip("sklearn.neighbors").LocalOutlierFactor
    units = _units(_planted(120, 5))
    model = reference(n_neighbors=k, metric="euclidean").fit(units.astype(np.float64))
    np.testing.assert_allclose(outlying(units, None, "lof", k, 0).scores, -model.negative_outlier_factor_, rtol=1e-4)
    new = reference(n_neighbors=k, metric="euclidean", novelty=True).fit(units[40:].astype(np.float64))
    wanted = -new.score_samples(units[:40].astype(np.float64))
    np.testing.assert_allclose(outlying(units[:40], units[40:], "lof", k, 0).scores, wanted, rtol=1e-4)


def test_copies_have_neighbours() -> None:
    copies = np.repeat(np.eye(3, dtype=np.float32), [8, 1, 1], axis=0)
    cosines, rows = neighbours(copies, 4)
    assert (rows != np.arange(10)[:, None]).all()
    np.testing.assert_array_equal(cosines[:8], 1)
    for method in ("knn", "lof"):
        scores = outlying(copies, None, method, 4, 0).scores
        assert np.isfinite(scores).all()
        assert scores[8:].min() > scores[:8].max()


def test_many_vectors_are_searched_in_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    units = _units(_planted(3_000, 5))
    exact, at = neighbours(units, 5)
    monkeypatch.setattr("likewise.apps._neighbours._EXACT", 100)
    monkeypatch.setattr("likewise.apps._neighbours._CELLS", 40)
    monkeypatch.setattr("likewise.apps._neighbours._LOOKED", 40)
    np.testing.assert_allclose(neighbours(units, 5)[0], exact, atol=1e-6)
    monkeypatch.setattr("likewise.apps._neighbours._LOOKED", 15)
    some, rows = neighbours(units, 5, seed=1)
    assert np.mean(rows == at) > 0.9
    np.testing.assert_array_equal(neighbours(units, 5, seed=1)[0], some)


def test_the_reasons_are_true() -> None:
    texts = [
        "the tap drips",
        "the tap leaks",
        "the tap is old",
        "a tap drips",
        "quantum chromodynamics, chromodynamics",
    ]
    vectors = {text: [1.0, 0.1 * at, 0.0] for at, text in enumerate(texts[:4])} | {texts[4]: [0.3, 0.0, 1.0]}
    model = Hashed(lambda _, given: np.array([vectors[t] for t in given], np.float32), dim=3)
    found = anomalies(texts, model=model, k=2, top=1)
    first = found.ranked[0]
    assert (first.passage.id, first.words) == ("4", ("quantum", "chromodynamics"))
    assert first.nearest.id == "0"
    assert first.cosine == pytest.approx(0.3 / np.sqrt(1.09), abs=1e-5)
    assert "cosine of 0.29" in first.why
    assert "quantum, chromodynamics" in first.why
    beside = anomalies(texts[4:], texts[:4], model=model, k=2)
    assert beside.ranked[0].words == ("quantum", "chromodynamics")
    assert beside.ranked[0].p == pytest.approx(1 / 5)
    assert "20.00% of normal points" in beside.ranked[0].why


def test_the_same_seed_gives_the_same() -> None:
    one, two = (anomalies(_planted(), method="isolation", seed=3).scores for _ in range(2))
    assert one == two
    assert one != anomalies(_planted(), method="isolation", seed=4).scores


def test_what_has_no_vector_is_told() -> None:
    vectors = _planted(20, 0)
    vectors[3] = np.nan
    found = anomalies(vectors)
    assert (len(found.ids), [report.id for report in found.refused]) == (19, ["3"])


def test_what_cannot_be_meant() -> None:
    for settings, said in (
        ({"method": "magic"}, "wanted one of knn, lof, isolation"),
        ({"k": 0}, "k is 0"),
        ({"alarms": 1.0}, "alarms is 1.0"),
        ({"top": -1}, "top is -1"),
    ):
        with pytest.raises(InputError, match=said):
            anomalies(_planted(), **settings)
    with pytest.raises(InputError, match="2 points are too few"):
        anomalies(_planted()[:2])
    with pytest.raises(SpaceError):
        anomalies(["a", "b", "c"], _planted(dim=8), model=Hashed())


def test_a_missing_forest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn.ensemble", None)
    with pytest.raises(MissingLibrary, match="likewise\\[learn\\]"):
        anomalies(_planted(), method="isolation")
