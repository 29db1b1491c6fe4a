"""UMAP's own settings: what they refuse, and that more pushes keep more of the neighbourhoods."""

from __future__ import annotations

import numpy as np
import pytest

from likewise.apps._map_near import near
from likewise.errors import InputError
from likewise.projections import faithful
from likewise.projections.umap import UMAP


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
