"""The measures of agreement, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from likewise.apps._agreement import _spearman, cosines, norms, ranks, spread
from likewise.types import Vectors


def _rows(*rows: tuple[float, ...]) -> Vectors:
    return np.array(rows, dtype=np.float32)


def test_cosines() -> None:
    a = _rows((1, 0), (1, 1), (0, 0), (0, 0), (2, 0))
    b = _rows((0, 3), (1, 0), (0, 0), (1, 0), (-1, 0))
    assert cosines(a, b).tolist() == pytest.approx([0, 0.5**0.5, 1, 0, -1])


def test_spread() -> None:
    found = spread(np.arange(101) / 100)
    assert (found.least, found.p01, found.p05, found.median, found.mean) == pytest.approx((0, 0.01, 0.05, 0.5, 0.5))


def test_norms() -> None:
    found = norms(_rows((3, 4), (0, 0), (0, 1)))
    assert (found.least, found.mean, found.largest) == pytest.approx((0, 2, 5))


def test_rank_correlation() -> None:
    up = np.array([1.0, 2.0, 3.0, 4.0])
    assert _spearman(up, up**3) == pytest.approx(1)
    assert _spearman(up, -up) == pytest.approx(-1)
    # ranks 0, 1, 2, 3 against 0, 1.5, 1.5, 3: 4.5 / sqrt(5 * 4.5)
    assert _spearman(up, np.array([1.0, 2.0, 2.0, 4.0])) == pytest.approx(4.5 / (5 * 4.5) ** 0.5)
    assert _spearman(up, np.ones(4)) == 0
    assert _spearman(np.ones(4), np.zeros(4)) == 1


def test_neighbours_on_a_circle() -> None:
    angles = np.array([0.0, 0.1, 0.3, 0.7, 1.5])
    a = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    same = ranks(a, 5 * a, k=2)
    assert same is not None
    assert (same.overlap, same.least_overlap, same.nearest, same.spearman) == pytest.approx((1, 1, 1, 1))
    swapped = a[[0, 1, 2, 4, 3]]
    found = ranks(a, swapped, k=2)
    assert found is not None
    # the two nearest of each on the circle, and after the last two have changed places
    near = {0: {1, 2}, 1: {0, 2}, 2: {1, 0}, 3: {2, 1}, 4: {3, 2}}
    theirs = {0: {1, 2}, 1: {0, 2}, 2: {1, 0}, 3: {4, 2}, 4: {2, 1}}
    assert found.overlap == pytest.approx(sum(len(near[i] & theirs[i]) / 2 for i in near) / 5)
    assert (found.least_overlap, found.least_at) == (0.5, 3)
    assert found.nearest == pytest.approx(0.6)


def test_ties_are_no_disagreement() -> None:
    a = _rows((1, 0), (1, 0), (1, 0), (1, 0), (0, 1))
    b = _rows((1, 0), (1, 1e-4), (1, -1e-4), (1, 2e-4), (0, 1))
    found = ranks(a, b, k=1)
    assert found is not None
    assert found.overlap == 1


def test_more_neighbours_than_texts_are_not_asked_for() -> None:
    found = ranks(np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32), k=10)
    assert found is not None
    assert found.k == 3
    assert ranks(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)) is None
