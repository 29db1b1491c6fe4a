"""UMAP's own settings: what they refuse, and that more pushes keep more of the neighbourhoods."""

from __future__ import annotations

import numpy as np
import pytest

from likewise.apps._map_near import near
from likewise.errors import InputError
from likewise.projections import faithful
from likewise.projections.umap import UMAP, _gathered


@pytest.mark.parametrize("seed", range(2))
def test_more_pushes_keep_more_neighbours(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(30, 12))[np.arange(600) % 30] + 0.5 * rng.normal(size=(600, 12))
    units = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    beside = near(units, 15)[0]
    few, more = (faithful(units, UMAP(epochs=100, negatives=n).fit(units, beside)) for n in (2, 10))
    assert more.trust.mean() > few.trust.mean()
    assert more.kept.mean() > few.kept.mean()


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"neighbours": 1}, "neighbours 1"), ({"min_dist": 2}, "min_dist 2"), ({"negatives": 0}, "negatives 0")],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, int], named: str) -> None:
    with pytest.raises(InputError, match=named):
        UMAP(**settings)


@pytest.mark.parametrize("n", [8, 50, 5_000])
def test_what_lies_far_out_is_drawn_in_and_nothing_else_moves(n: int) -> None:
    plane = np.random.default_rng(n).normal(size=(n, 2)).astype(np.float32)
    plane[0], plane[1] = [1_000, 0], [0, -400]
    drawn = _gathered(plane)
    assert drawn.dtype == np.float32
    assert np.array_equal(drawn.argsort(axis=0), plane.argsort(axis=0))
    low, high = np.quantile(plane, [0.005, 0.995], axis=0)
    within = (plane >= low) & (plane <= high)
    assert np.allclose(drawn[within], plane[within], atol=1e-6)
    assert (np.abs(drawn) <= np.abs(plane) + 1e-6).all()
    if n > 1_000:
        assert np.ptp(drawn, axis=0).max() < 10
