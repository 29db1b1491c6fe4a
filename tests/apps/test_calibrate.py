"""`calibrate`: curves, their intervals, the file, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from likewise.apps._calibration import Calibration
from likewise.apps._compared import compared, pairs_of
from likewise.apps._curve import GRID, fitted
from likewise.apps._folds import folds
from likewise.apps.calibrate import calibrate
from likewise.errors import InputError, SpaceError
from likewise.types import Embeddings, Item, Report
from tests.apps.paired import angles, crossing, drawn, truth
from tests.hashed import Hashed


@pytest.fixture(scope="module")
def made() -> Calibration:
    return calibrate(drawn(1500), model=angles()).calibration


def test_the_curve_is_that_of_the_pairs(made: Calibration) -> None:
    at = np.linspace(-0.9, 0.9, 37)
    assert made.method == "logistic"
    assert np.abs(made.probability(at) - truth(at)).max() < 0.06
    low, high = made.band(at)
    inside = (low <= truth(at)) & (truth(at) <= high)
    assert inside.mean() > 0.8
    assert (high - low).max() < 0.15


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = []
    for seed in range(12):
        found = calibrate(drawn(250, seed=100 + seed), model=angles(), method="logistic", seed=seed).calibration
        low, high = found.band(0.3)
        held.append(float(low) <= float(truth(np.array(0.3))) <= float(high))
    assert sum(held) >= 10


def test_the_logistic_curve_is_that_of_scikit_learn() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, 400)
    y = rng.random(400) < truth(x)
    high, low = (y.sum() + 1) / (y.sum() + 2), 1 / ((~y).sum() + 2)
    wanted = np.where(y, high, low)
    both = np.concatenate([x, x])[:, None]
    model = linear.LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    model.fit(both, [1] * 400 + [0] * 400, sample_weight=np.concatenate([wanted, 1 - wanted]))
    ours = fitted("logistic", x, y.astype(float), (~y).astype(float))
    assert np.abs(ours - model.predict_proba(GRID[:, None])[:, 1]).max() < 1e-4


def test_isotonic_pools_what_falls() -> None:
    x = np.array([-0.5, 0.0, 0.25, 0.5, 0.75])
    curve = fitted("isotonic", x, np.array([0.0, 2, 1, 4, 4]), np.array([4.0, 2, 3, 1, 0]))
    at = {cosine: float(np.interp(cosine, GRID, curve)) for cosine in (-0.5, 0.125, 0.5, 0.75)}
    total = 21
    assert at[-0.5] == pytest.approx(0.5 / total)  # held off 0 by half a pair
    assert at[0.125] == pytest.approx(3 / 8)  # 2 of 4 and 1 of 4, pooled, at their mean
    assert at[0.5] == pytest.approx(4 / 5)
    assert at[0.75] == pytest.approx(1 - 0.5 / total)
    assert (np.diff(curve) >= 0).all()


def test_isotonic_is_taken_where_many_pairs_show_a_step() -> None:
    rng = np.random.default_rng(5)
    cosines = rng.uniform(-1, 1, 3000)
    match = rng.random(3000) < np.where(cosines > 0.6, 0.95, np.where(cosines > 0, 0.4, 0.35))
    start = rng.uniform(0, 6, 3000)
    pairs = [(f"{a:.12f}", f"{a + np.arccos(c):.12f}", bool(m)) for a, c, m in zip(start, cosines, match, strict=True)]
    found = calibrate(pairs, model=angles())
    assert found.calibration.method == "isotonic"
    straight = calibrate(pairs, model=angles(), method="logistic")
    assert found.held is not None
    assert straight.held is not None
    assert found.held.log_loss.mean < straight.held.log_loss.mean


def test_pairs_apart_have_a_finite_slope() -> None:
    pairs = [("0", "0.1", True), ("1", "1.1", True), ("2", "4.5", False), ("0.5", "3", False)]
    found = calibrate(pairs, model=angles())
    assert 0.5 < float(found.calibration.probability(1.0)) < 1
    assert 0 < float(found.calibration.probability(-0.9)) < 0.5
    assert found.held is None or found.held.pairs <= 4


def test_a_cosine_that_says_nothing_leaves_the_share_of_matches() -> None:
    pairs = [("0", str(x), x > 2) for x in np.linspace(0.1, 3, 60)]  # the farther, the more often a match
    found = calibrate([(a, b, m) for a, b, m in pairs], model=angles())
    said = found.calibration.probability([-0.9, 0.9])
    assert said[0] == pytest.approx(said[1], abs=1e-6)
    assert said[0] == pytest.approx(found.calibration.prior, abs=0.02)


def test_the_prior_moves_the_odds(made: Calibration) -> None:
    at = np.linspace(-0.5, 0.9, 9)
    own = made.probability(at)
    assert made.probability(at, prior=made.prior) == pytest.approx(own)
    rare = made.probability(at, prior=0.001)
    assert (rare < own).all()
    ratio = (rare / (1 - rare)) / (own / (1 - own))
    assert np.allclose(ratio, ratio[0])
    assert made.threshold(0.5, prior=0.01) > made.threshold(0.5)
    for wrong in (0.0, 1.0, -3.0):
        with pytest.raises(InputError, match="prior"):
            made.probability(0.5, prior=wrong)


def test_thresholds_are_where_the_curve_says(made: Calibration) -> None:
    for p in (0.2, 0.5, 0.8):
        assert float(made.probability(made.threshold(p))) == pytest.approx(p, abs=1e-9)
    assert made.threshold(0.9999999) == float("inf")
    assert made.threshold(1e-9) == -1
    with pytest.raises(InputError, match="probability"):
        made.threshold(1)


def test_the_file_brings_it_back(made: Calibration, tmp_path: Path) -> None:
    made.save(tmp_path / "c.json")
    back = Calibration.load(tmp_path / "c.json")
    assert (back.space, back.roles, back.method, back.pairs, back.matches) == (
        made.space,
        made.roles,
        made.method,
        made.pairs,
        made.matches,
    )
    at = np.linspace(-1, 1, 77)
    assert np.abs(back.probability(at) - made.probability(at)).max() < 1e-6
    back.check(made.space)
    with pytest.raises(SpaceError, match="another space"):
        back.check(replace(made.space, weights="other"))


def test_what_is_no_calibration_is_refused(made: Calibration, tmp_path: Path) -> None:
    made.save(tmp_path / "c.json")
    good = json.loads((tmp_path / "c.json").read_text())
    wrong = {
        "format": {**good, "format": "x"},
        "falls": {**good, "probabilities": good["probabilities"][::-1]},
        "short": {**good, "low": good["low"][:-1]},
        "beyond": {**good, "high": [2.0] * len(good["high"])},
        "none": {**good, "matches": 0},
        "roles": {**good, "roles": ["document", "x"]},
        "space": {**good, "space": {}},
        "nan": {**good, "probabilities": [float("nan")] * len(good["low"])},
        "list": [1],
    }
    for name, facts in wrong.items():
        (tmp_path / name).write_text(json.dumps(facts))
        with pytest.raises(InputError, match="is no calibration"):
            Calibration.load(tmp_path / name)
    with pytest.raises(InputError, match="likewise calibrate"):
        Calibration.load(tmp_path / "gone.json")


def test_pairs_of_a_table_and_of_a_source(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("a,b,match\n0,0.1,yes\n1,1.2,SAME\n2,4,0\n3,5.5,different\n")
    assert pairs_of(tmp_path / "p.csv")[:2] == [("0", "0.1", True), ("1", "1.2", True)]
    (tmp_path / "q.csv").write_text("x,y,z\n0,0.1,1\n")
    assert pairs_of(tmp_path / "q.csv", ("x", "y", "z")) == [("0", "0.1", True)]
    assert pairs_of(tmp_path / "q.csv", ("x", "y", None), labelled=False) == [("0", "0.1", None)]
    (tmp_path / "w.csv").write_text("a,b,match\n0,0.1,perhaps\n")
    with pytest.raises(InputError, match=r"row 1: the label 'perhaps'"):
        pairs_of(tmp_path / "w.csv")
    encoder = angles()
    source = [Item(name, text) for name, text in (("p", "0"), ("q", "0.2"), ("r", "2"))]
    found = compared([("p", "q", True), ("p", "r", False), ("p", "gone", True)], source=source, model=encoder)
    assert found.cosines == pytest.approx([np.cos(0.2), np.cos(2)], abs=1e-6)
    assert [report.error for report in found.refused] == ["the source has no 'gone'"]


def test_a_failing_side_costs_its_pair_alone() -> None:
    def change(vectors: np.ndarray, texts: object) -> np.ndarray:
        if "bad" in list(texts):  # type: ignore[call-overload]
            raise ValueError("no")
        return vectors

    found = compared([("x", "y", True), ("x", "bad", False), ("z", "w", False)], model=Hashed(change))
    assert len(found) == 2
    assert len(found.refused) == 1
    assert found.refused[0].id.startswith("row 2")


def test_the_same_field_means_a_match() -> None:
    spoken = crossing(6, 10)
    items = [Item(str(at), text, metadata={"who": str(who)}) for at, (text, who) in enumerate(spoken)]
    found = calibrate(source=[*items, Item("nobody", "1")], by="who", model=angles())
    assert found.calibration.pairs == 60 * 59 // 2
    assert found.calibration.matches == 6 * 45
    assert [report.id for report in found.refused] == ["nobody"]
    with pytest.raises(InputError, match="nothing has a field"):
        calibrate(source=items, by="age", model=angles())


def test_pairs_that_share_items_are_not_counted_as_independent() -> None:
    alone = compared(drawn(300), model=angles())
    assert (alone.units[:, 0] == alone.units[:, 1]).all()
    assert len(np.unique(alone.units)) == 300
    star = compared([("0", f"{x}", x < 1) for x in np.linspace(0.1, 3, 40)], model=angles())
    assert (star.units[:, 0] != star.units[:, 1]).all()


def test_folds_share_nothing() -> None:
    one = compared(drawn(200), model=angles())
    made = folds(one.units, one.matches)
    held = np.concatenate([rows for _, rows in made])
    assert sorted(held.tolist()) == list(range(200))
    rng = np.random.default_rng(0)
    units = rng.integers(30, size=(400, 2))
    matches = rng.random(400) < 0.4
    for learned, tried in folds(units, matches):
        assert not set(units[learned].ravel()) & set(units[tried].ravel())
        assert 0 < matches[tried].sum() < len(tried)
    assert folds(units, np.zeros(400, bool)) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pairs": [("0", "1", True)]}, "pairs of both kinds"),
        ({"pairs": []}, "there are no pairs"),
        ({}, "give labelled pairs"),
        ({"pairs": [("0", "1", True), ("0", "2", False)], "by": "x"}, "give labelled pairs"),
        ({"pairs": [("0", "1", True), ("0", "2", False)], "method": "magic"}, "method is 'magic'"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        calibrate(**given, model=angles())  # type: ignore[arg-type]


def test_vectors_may_be_given_and_the_same_seed_gives_the_same_curve() -> None:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((20, 8))
    vectors = (np.repeat(centres, 2, axis=0) + 0.5 * rng.standard_normal((40, 8))).astype(np.float32)
    ids = tuple(map(str, range(40)))
    space = replace(Hashed().space, dim=8)
    source = Embeddings(ids, vectors, space, tuple(Report(i, 0, 0) for i in ids))
    pairs = [(str(i), str(i ^ 1), True) for i in range(0, 40, 2)] + [
        (str(i), str((i + 7) % 40), False) for i in range(0, 40, 2)
    ]
    one, other = (calibrate(pairs, source=source, seed=4).calibration for _ in range(2))
    assert np.array_equal(one.low, other.low)
    assert np.array_equal(one.probabilities, other.probabilities)
    one.check(space)
