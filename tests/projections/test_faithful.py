"""Faithfulness equals scikit-learn's trustworthiness and what one counts by hand; placing keeps off the sea."""

from __future__ import annotations

import faiss
import numpy as np
import pytest
from sklearn import decomposition
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from likewise import parts
from likewise.apps import _map_near
from likewise.apps._map_near import near
from likewise.errors import InputError
from likewise.projections import Near, faithful
from likewise.projections._placing import among
from likewise.types import Vectors

_INDEX = _map_near._index


def _units(n: int, dim: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(n, dim))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("seed", range(20))
def test_trustworthiness_is_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(25, 200)), int(rng.integers(1, 12))
    units = _units(n, 24, seed)
    plane = np.asarray(units[:, :2] + rng.uniform(0, 1) * rng.normal(size=(n, 2)), np.float32)
    found = faithful(units, plane, k)
    assert found.k == k
    assert found.trust.mean() == pytest.approx(
        trustworthiness(units.astype(float), plane.astype(float), n_neighbors=k), abs=1e-9
    )


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_kept_is_the_share_of_both_neighbourhoods(seed: int) -> None:
    units = _units(120, 24, seed)
    plane = np.asarray(units[:, :2], np.float32)
    theirs = [
        NearestNeighbors(n_neighbors=8).fit(x).kneighbors(return_distance=False) for x in (units, plane.astype(float))
    ]
    share = [len(set(a) & set(b)) / 8 for a, b in zip(*theirs, strict=True)]
    assert faithful(units, plane, 8).kept == pytest.approx(np.array(share), abs=1e-12)


def test_bounds_of_a_perfect_and_of_the_worst_plane() -> None:
    angle = np.linspace(0, 1, 60)
    units = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    perfect = faithful(units, np.stack([angle, 0 * angle], axis=1).astype(np.float32))
    assert perfect.trust.mean() == perfect.kept.mean() == 1
    shuffled = np.random.default_rng(0).permutation(60)
    worst = faithful(units, np.stack([angle[shuffled], 0 * angle], axis=1).astype(np.float32))
    assert 0 <= worst.trust.min() <= worst.trust.mean() < 0.7


def test_a_sample_tells_of_the_whole() -> None:
    units = _units(1500, 8, 0)
    plane = np.asarray(units[:, :2], np.float32)
    whole, some = faithful(units, plane), faithful(units, plane, most=300)
    assert (len(whole.trust), len(some.trust)) == (1500, 300)
    assert some.trust.mean() == pytest.approx(whole.trust.mean(), abs=4 * whole.trust.std() / 300**0.5)
    assert np.array_equal(some.trust, faithful(units, plane, most=300).trust)


def test_two_points_are_faithful_and_a_missing_one_is_an_error() -> None:
    assert faithful(_units(2, 4, 0), np.zeros((2, 2), np.float32)).k == 0
    with pytest.raises(InputError, match="do not belong together"):
        faithful(_units(5, 4, 0), np.zeros((4, 2), np.float32))


@pytest.mark.parametrize("seed", range(5))
def test_pca_is_scikit_learns(seed: int) -> None:
    units = _units(80, 12, seed)
    ours = parts.find("projections", "pca")().fit(units, near(units, 1)[0])
    theirs = decomposition.PCA(n_components=2, svd_solver="full").fit_transform(units.astype(np.float64))
    assert np.allclose(np.abs(ours), np.abs(theirs), atol=1e-5)
    assert np.allclose(ours.T @ ours, theirs.T @ theirs, atol=1e-4)


def test_a_new_point_between_two_islands_lies_on_one() -> None:
    plane = np.array([[0, 0], [0.1, 0], [0, 0.1], [10, 10], [10.1, 10]], np.float32)
    placed = among(np.arange(5)[None], np.full((1, 5), 0.5, np.float32), plane)
    assert np.linalg.norm(placed[0] - plane[:3].mean(axis=0)) < 0.5


@pytest.mark.parametrize(("dim", "inner", "plan"), [(128, 4, "PQ"), (24, 24, "Flat"), (64, 64, "")])
def test_neighbours_through_an_index_are_nearly_the_true_ones(
    dim: int, inner: int, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(4000, inner)) @ rng.normal(size=(inner, dim))
    units = np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
    exact, one = near(units, 10)
    plans: list[str] = []
    monkeypatch.setattr(_map_near, "_EXACT", 1000)

    def noted(name: str, held: Vectors, seed: int) -> faiss.Index:
        plans.append(name)
        return _INDEX(name, held, seed)

    monkeypatch.setattr(_map_near, "_index", noted)
    found, recall = near(units, 10)
    assert plan in plans[-1]
    assert one == 1.0
    share = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.rows, exact.rows, strict=True)])
    assert share > 0.85
    assert recall == pytest.approx(share, abs=0.05)
    assert (found.rows != np.arange(4000)[:, None]).all()
    assert np.allclose(found.cosines, np.einsum("nd,nkd->nk", units, units[found.rows]), atol=1e-5)


def test_neighbours_must_have_one_shape() -> None:
    with pytest.raises(InputError, match=r"must both be \(n, k\)"):
        Near(np.zeros((2, 3), np.intp), np.zeros((2, 2), np.float32))
