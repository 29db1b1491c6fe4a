"""Metrics of rankings are those of trec_eval on a thousand random rankings, to the ninth digit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise import parts
from tests.golden.rankings import CUT, CUTS, rankings

GOLDEN = Path(__file__).with_name("metrics.npz")
ANSWERS, JUDGED = rankings()
OPEN = {
    "map": "mean_average_precision",
    "ndcg": "ndcg",
    "recip_rank": "mrr",
    "Rprec": "r_precision",
    "set_P": "precision",
}
CASES: list[tuple[str, str, int | None]] = [(theirs, ours, None) for theirs, ours in OPEN.items()]
CASES += [(f"{theirs}_{k}", ours, k) for theirs, ours in CUT.items() for k in CUTS]


@pytest.mark.parametrize(("theirs", "ours", "k"), CASES)
def test_values_are_those_of_trec_eval(theirs: str, ours: str, k: int | None) -> None:
    with np.load(GOLDEN) as golden:
        wanted = golden[theirs]
    found = parts.find("metrics", ours)(ANSWERS, JUDGED, k)
    assert list(found) == list(JUDGED)
    np.testing.assert_allclose(list(found.values()), wanted, rtol=0, atol=1e-9)
    assert wanted.std() > 0
