"""`verify_pairs`: thresholds, errors on held-out items, intervals, decisions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise import parts
from likewise.apps._compared import compared, compared_by
from likewise.apps._det import write_det
from likewise.apps._operating import errors_at, figures, rule
from likewise.apps._points import points
from likewise.apps.calibrate import calibrate
from likewise.apps.verify_pairs import Verified, verify_pairs
from likewise.errors import InputError, SpaceError
from likewise.metrics._interval import bootstrapped, resampled, wilson
from likewise.types import Item
from tests.apps.paired import angles, crossing, drawn
from tests.hashed import Hashed


@pytest.fixture(scope="module")
def found() -> Verified:
    return verify_pairs(drawn(800), model=angles())


def test_the_errors_are_those_of_the_pairs(found: Verified) -> None:
    told = found.told
    assert told is not None
    pairs = compared(drawn(800), model=angles())
    for name in ("eer", "min_dcf", "auroc"):
        value = getattr(told, name)
        assert value.mean == pytest.approx(parts.find("metrics", name)(pairs.cosines, pairs.matches))
        assert value.low <= value.mean <= value.high
    said = pairs.cosines >= found.threshold
    assert told.errors.false_matches.mean == pytest.approx((said & ~pairs.matches).sum() / (~pairs.matches).sum())
    assert told.errors.false_nonmatches.mean == pytest.approx((~said & pairs.matches).sum() / pairs.matches.sum())
    assert abs(told.errors.false_matches.mean - told.errors.false_nonmatches.mean) < 0.01
    assert told.held is not None
    assert told.held.pairs == 800
    assert abs(told.held.false_matches.mean - told.eer.mean) < 0.05


def test_the_curve_runs_from_one_error_to_the_other(found: Verified) -> None:
    assert found.told is not None
    cosines, let, missed = (np.array(side) for side in zip(*found.told.det, strict=True))
    assert (np.diff(cosines) < 0).all()
    assert (np.diff(let) >= 0).all()
    assert (np.diff(missed) <= 0).all()
    assert (let[-1], missed[-1]) == (1.0, 0.0)
    assert len(cosines) <= 401


def test_rules_are_kept() -> None:
    rng = np.random.default_rng(1)
    matches = rng.random(500) < 0.4
    cosines = np.clip(rng.normal(np.where(matches, 0.6, 0.2), 0.2), -1, 1)
    for text in ("fmr=0.01", "fmr=0.2"):
        cut = rule(text).threshold(cosines, matches)
        let = (cosines >= cut)[~matches].mean()
        assert let <= float(text[4:])
        looser = cosines[cosines < cut].max()
        assert (cosines >= looser)[~matches].mean() > float(text[4:])
    cut = rule("precision=0.95").threshold(cosines, matches)
    assert matches[cosines >= cut].mean() >= 0.95
    assert str(rule("precision=0.95")) == "precision=0.95"
    assert rule("precision=0.999").threshold(np.array([0.9, 0.1]), np.array([False, True])) == float("inf")
    for wrong in ("best", "fmr", "fmr=2", "precision=0", "eer=0.1", "fmr=x"):
        with pytest.raises(InputError, match="names no threshold"):
            rule(wrong)


def test_a_rule_that_no_cosine_keeps_is_refused() -> None:
    pairs = [("0", "0", False), ("0", "1", True), ("1", "3", False)]
    with pytest.raises(InputError, match="no cosine keeps"):
        verify_pairs(pairs, model=angles(), at="precision=0.9")


def test_decisions(found: Verified, tmp_path: Path) -> None:
    near, far = ("0", "0.01", None), ("0", f"{np.pi}", None)
    middle = ("0", f"{np.arccos(found.threshold) - 0.001}", None)
    decided = verify_pairs(drawn(800), [near, far, middle], model=angles(), sure=0.9).decided
    assert [one.verdict for one in decided] == ["same", "different", "unsure"]
    assert all(one.low <= one.probability <= one.high for one in decided)
    found.calibration.save(tmp_path / "c.json")
    later = verify_pairs(check=[near, far, middle], calibration=tmp_path / "c.json", model=angles())
    assert [one.verdict for one in later.decided] == ["same", "different", "same"]
    assert (later.threshold, later.rule, later.told) == (found.threshold, "eer", None)
    rare = verify_pairs(check=[near], calibration=tmp_path / "c.json", model=angles(), prior=0.0001)
    assert rare.decided[0].probability < 0.5 < decided[0].probability
    with pytest.raises(SpaceError):
        verify_pairs(check=[near], calibration=found.calibration, model=Hashed())


def test_a_calibration_without_a_threshold_decides_by_even_odds() -> None:
    made = calibrate(drawn(400), model=angles()).calibration
    found = verify_pairs(check=[("0", "0.1", None)], calibration=made, model=angles())
    assert found.rule == "p >= 0.5"
    assert found.threshold == pytest.approx(made.threshold(0.5))


def test_what_cannot_be_meant_is_refused(found: Verified) -> None:
    for given in (
        {},
        {"calibration": found.calibration},
        {"pairs": drawn(10), "check": drawn(3), "calibration": found.calibration},
        {"pairs": drawn(10), "sure": 1.0},
    ):
        with pytest.raises(InputError):
            verify_pairs(**given, model=angles())


def test_speakers_are_the_unit_of_doubt() -> None:
    """Many pairs of few speakers say less than their number: the interval is that of speakers, and holds others'."""

    def spoken(speakers: int, seed: int) -> list[Item]:
        return [Item(str(i), t, metadata={"who": str(w)}) for i, (t, w) in enumerate(crossing(speakers, 8, seed))]

    few = verify_pairs(source=spoken(6, 0), by="who", model=angles()).told
    assert few is not None
    assert few.pairs == 48 * 47 // 2
    pairs = compared_by(points(spoken(6, 0), model=angles()), "who")
    as_if_alone = np.stack([np.arange(len(pairs))] * 2, axis=1)
    narrow = errors_at(0.9, pairs.cosines, pairs.matches, as_if_alone, 0).false_matches
    wide = errors_at(0.9, pairs.cosines, pairs.matches, pairs.units, 0).false_matches
    assert (wide.high - wide.low) > 2 * (narrow.high - narrow.low)
    many = verify_pairs(source=spoken(14, 1), by="who", model=angles()).told
    assert many is not None
    assert few.eer.low <= many.eer.mean <= few.eer.high


def test_too_many_pairs_are_drawn_by_chance() -> None:
    items = [Item(str(i), t, metadata={"who": str(w)}) for i, (t, w) in enumerate(crossing(40, 10))]
    one, other = (compared_by(points(items, model=angles()), "who", most=500, seed=3) for _ in range(2))
    assert one.names == other.names
    assert 400 < one.matches.sum() <= 500
    assert 400 < (~one.matches).sum() <= 500
    assert len(set(one.names)) == len(one)
    with pytest.raises(InputError, match="only matching pairs or none"):
        compared_by(
            points([Item("0", "0", metadata={"who": "a"}), Item("1", "1", metadata={"who": "b"})], model=angles()),
            "who",
        )


def test_intervals_of_weighted_figures_are_those_of_plain_draws() -> None:
    """Where every pair is a unit of its own, drawing units is the ordinary bootstrap."""
    pairs = compared(drawn(300), model=angles())
    low, high = figures(pairs, seed=1)
    rng = np.random.default_rng(2)
    metric = parts.find("metrics", "eer")
    plain = []
    for _ in range(500):
        at = rng.integers(300, size=300)
        plain.append(metric(pairs.cosines[at], pairs.matches[at]))
    assert (low[0], high[0]) == pytest.approx(np.quantile(plain, [0.025, 0.975]), abs=0.012)


def test_draws_and_shares() -> None:
    units = np.array([[0, 0], [0, 1], [1, 1], [2, 2]])
    for weights in resampled(units, 50, seed=1):
        assert weights[1] == weights[0] * weights[2]
        assert weights[0] + weights[2] + weights[3] == 3
    low, high = bootstrapped(lambda w: np.array([1.0, np.nan]), units, 20)
    assert (low[0], high[0]) == (1, 1)
    assert np.isnan([low[1], high[1]]).all()
    assert wilson(0, 10).low == 0
    assert wilson(10, 10).high == 1
    assert wilson(5, 10).low == pytest.approx(0.2366, abs=1e-4)  # as scipy's binomtest(5, 10).proportion_ci("wilson")
    assert wilson(0, 0).high == 1


def test_the_picture_of_the_curve(found: Verified, tmp_path: Path) -> None:
    assert found.told is not None
    write_det(found.told.det, found.told.eer.mean, tmp_path / "det.svg")
    import xml.etree.ElementTree as Tree

    root = Tree.parse(tmp_path / "det.svg").getroot()
    line = root.find("{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    assert len(line.attrib["points"].split()) == len(found.told.det)
    write_det(found.told.det, found.told.eer.mean, tmp_path / "det.csv")
    rows = (tmp_path / "det.csv").read_text().splitlines()
    assert rows[0] == "cosine,false_matches,false_nonmatches"
    assert len(rows) == len(found.told.det) + 1
    with pytest.raises(InputError, match=r"\.csv or \.svg"):
        write_det(found.told.det, 0.1, tmp_path / "det.png")
