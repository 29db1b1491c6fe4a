"""Intervals of outcomes: few units say little, draws of the same items are not more items."""

from __future__ import annotations

import numpy as np
import pytest

from likewise import parts
from likewise.errors import InputError
from likewise.evaluation import Outcome
from likewise.evaluation._outcome import spread
from likewise.evaluation.tasks._drawn import again, influences
from likewise.evaluation.tasks._sharing import drawn
from likewise.evaluation.tasks.retrieval import Retrieval
from likewise.evaluation.tasks.sts import STS
from tests.evaluation.examples import sentences
from tests.evaluation.worded import Worded

NAN = float("nan")


def test_an_influence_is_what_one_more_item_moves() -> None:
    v_measure = parts.find("metrics", "v_measure")
    table = np.random.default_rng(0).integers(0, 40, (4, 3)).astype(float)
    moved, n, step = influences(table), table.sum(), 1e-5
    for cell in np.argwhere(table > 0):
        more = table.copy()
        more[tuple(cell)] += step
        assert moved[tuple(cell)] == pytest.approx((v_measure.rule(more) - v_measure.rule(table)) / step * n, rel=1e-3)
    assert (moved * table).sum() == pytest.approx(0, abs=1e-9)
    assert not influences(np.array([[7.0]])).any()
    assert np.isfinite(influences(np.array([[3.0, 4.0]]))).all()


def _grouped(draws: int, count: int = 300) -> Outcome:
    pytest.importorskip("sklearn")
    from likewise.evaluation.tasks.clustering import Clustering

    texts, topics = sentences(count)
    task = Clustering("g", texts, topics, draws=draws, size=300)
    return task.judge({"items": Worded(4.0).encode(texts).vectors})


def test_more_draws_are_not_more_items() -> None:
    """The spread of a mean over draws goes to nothing with their number; what the items leave open stays."""
    some = _grouped(150)
    over_draws = 3.92 * some.scores["v_measure_std"] / np.sqrt(150)
    assert some.interval.high - some.interval.low > 1.4 * over_draws
    assert (some.unit, len(some.units)) == ("item", 300)


def test_what_a_run_drew_is_drawn_anew_too() -> None:
    rng = np.random.default_rng(0)
    values, runs = rng.random(400), rng.normal(0.5, 0.1, 10)
    for told, error in ((runs, np.hypot(values.std() / 20, runs.std() / np.sqrt(10))), ([0.0], values.std() / 20)):
        score = again(values, told)
        assert score(np.arange(400)) == pytest.approx(values.mean())
        drawn = [score(rng.integers(400, size=400)) for _ in range(2_000)]
        assert np.std(drawn) == pytest.approx(error, rel=0.06)


def test_few_units_say_little() -> None:
    one = spread(1.0, np.ones(100), np.ones(1))
    three = spread(1.0, np.ones(100), np.ones(3))
    many = spread(1.0, np.ones(100), np.ones(300))
    assert (one.high, three.high, many.high) == (1.0, 1.0, 1.0)
    assert one.low < three.low < 0.5 < 0.98 < many.low < 1.0
    nothing = spread(0.0, np.zeros(100), np.zeros(8))
    assert (nothing.low, nothing.high > 0.2) == (0.0, True)
    assert np.isnan(spread(0.3, np.full(5, NAN), np.full(4, NAN)).low)


def test_intervals_of_ten_units_hold_the_truth() -> None:
    held = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        values = rng.beta(2, 2, 10)
        draws = np.array([values[rng.integers(10, size=10)].mean() for _ in range(400)])
        told = spread(float(values.mean()), draws, values)
        held += told.low <= 0.5 <= told.high
    assert 0.92 <= held / 300 <= 0.985  # the percentiles alone: 0.89


def test_pairs_that_share_a_text_are_drawn_together() -> None:
    one = ["a", "b", "c", "d", "a", "e"]
    other = ["x", "y", "x", "z", "y", "w"]
    seen: list[list[int]] = []

    def score(rows: np.ndarray) -> float:
        seen.append(rows.tolist())
        return 0.0

    told = drawn([*one[2:], "q"], [*other[2:], "s"], score)
    assert (told.unit, told.notes) == ("pair", ())
    told = drawn([*one, "g", "h", "i"], [*other, "j", "k", "l"], score)
    assert (told.unit, told.units) == ("group", tuple("012345"))  # a-x, b-y, c-x and a-y are one
    assert "4 of 9 pairs share a text" in told.notes[0]
    told.again(np.array([0, 1, 1, 3, 4, 5]))
    assert seen[-1] == [0, 1, 2, 3, 3, 4, 6, 7, 8]
    told = drawn(one, other, score)
    assert (told.unit, len(told.units)) == ("pair", 6)
    assert "take them for independent" in told.notes[0]
    assert drawn([np.ones(2)] * 3, [np.ones(2)] * 3, score).unit == "pair"


def test_sharing_widens_an_interval() -> None:
    """Every pair five times over is no more knowledge than once."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((40, 8)).astype(np.float32)
    others = (vectors + rng.standard_normal((40, 8))).astype(np.float32)
    texts, twins = [f"a{at}" for at in range(40)], [f"b{at}" for at in range(40)]
    likeness = rng.random(40) + np.einsum("ij,ij->i", vectors, others) / 8
    one = STS("s", texts, twins, likeness.tolist()).judge({"one": vectors, "other": others})
    five = STS("s", texts * 5, twins * 5, np.tile(likeness, 5).tolist())
    told = five.judge({"one": np.tile(vectors, (5, 1)), "other": np.tile(others, (5, 1))})
    assert told.score == pytest.approx(one.score)
    assert told.interval.high - told.interval.low == pytest.approx(one.interval.high - one.interval.low, rel=0.02)


@pytest.mark.parametrize("likeness", [[1.0, NAN, 2.0], [1.0, float("inf"), 2.0], [3.0, 3.0, 3.0]])
def test_scores_that_say_nothing_are_refused_before_anything_is_encoded(likeness: list[float]) -> None:
    with pytest.raises(InputError, match=r"score of pair 2 is|every pair has the score 3"):
        STS("s", ["a", "b", "c"], ["d", "e", "f"], likeness)


def test_a_judgement_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="'d' is judged nan for 'q'"):
        Retrieval("r", {"d": "a", "e": "b"}, {"q": "c"}, {"q": {"d": NAN, "e": 1.0}})
