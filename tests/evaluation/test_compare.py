"""`compare`: identical encoders are tied, better ones found, ties told how to be decided, costs and reports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.errors import InputError, ModelError
from likewise.evaluation import Comparison, Outcome, compare
from likewise.evaluation._bm25 import Bm25, answers, word_vectors
from likewise.evaluation._compare import _beats
from likewise.evaluation._contest import Contest, contest
from likewise.evaluation._entries import asked_for, entered
from likewise.evaluation._report import markdown, page, rows, verdict
from likewise.evaluation.tasks.retrieval import Retrieval
from likewise.evaluation.tasks.sts import STS
from likewise.types import Vectors
from tests.hashed import Hashed

WORDS = [f"{a}{b}{c}" for a in "bdfklmprst" for b in "aeiou" for c in "nrstl"]


def outcome(values: Sequence[float] | NDArray[np.float64], task: str = "t") -> Outcome:
    """Queries with these values, whose score is their mean."""
    own = np.array(values, dtype=np.float64)
    names = tuple(f"q{at}" for at in range(len(own)))
    return Outcome(
        task, "retrieval", "ndcg", {"ndcg": float(own.mean())}, "query", names, own, lambda r: float(own[r].mean())
    )


def named(name: str, noise: float, seed: int = 0) -> Hashed:
    """An encoder of bags of words that knows synonyms; its vectors are disturbed: the more, the worse it finds."""
    words = {word: np.random.default_rng(at).standard_normal(64) for at, word in enumerate(WORDS)}

    def change(_: Vectors, texts: Sequence[str]) -> Vectors:
        rng = np.random.default_rng([seed, *(hash_of(text) for text in texts[:1])])
        made = [sum((words[word.removeprefix("un")] for word in text.split()), np.zeros(64)) for text in texts]
        return np.array([one + noise * rng.standard_normal(64) for one in made], dtype=np.float32)

    made = Hashed(change, dim=64)
    made.name = name
    return made


def hash_of(text: str) -> int:
    return sum(ord(letter) * (at + 1) for at, letter in enumerate(text))


def found(queries: int = 40, seed: int = 0) -> Retrieval:
    """Queries of one word, and synonyms of two, of the document that answers them, and a word of another."""
    rng = np.random.default_rng(seed)
    documents = {f"d{at}": " ".join(rng.choice(WORDS, 8, replace=False)) for at in range(60)}
    asked = {}
    for at in range(queries):
        own, other = documents[f"d{at}"].split(), documents[f"d{(at + 7) % 60}"].split()
        asked[f"q{at}"] = " ".join([own[0], f"un{own[1]}", f"un{own[2]}", other[3]])
    return Retrieval("found", documents, asked, {f"q{at}": {f"d{at}": 1} for at in range(queries)})


@pytest.fixture(scope="module")
def compared() -> Comparison:
    models = [named("good", 0.1), named("twin", 0.1), named("poor", 9.0)]
    return compare(models, [found()], times=400)


def test_twins_are_tied_and_a_worse_one_is_beaten(compared: Comparison) -> None:
    twins = compared.overall.between("good", "twin")
    assert (twins.interval.mean, twins.p, twins.decided, twins.more) == (0.0, 1.0, False, None)
    assert (twins.wins, twins.ties, twins.losses) == (0, 40, 0)
    worse = compared.overall.between("good", "poor")
    assert worse.decided
    assert worse.p < 0.05
    assert worse.interval.low > 0
    assert worse.more == 0
    assert {"good", "twin"} <= set(compared.tied)
    assert "poor" not in compared.tied
    assert "BM25" in [entry.name for entry in compared.entries]
    assert compared.overall.between("poor", "good").interval.high < 0
    assert compared.overall.between("poor", "good").losses == worse.wins


def test_no_difference_is_declared_where_there_is_none() -> None:
    """Two whose values are exchangeable, query by query, beside a third that is worse: over 60 data sets."""
    declared = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        shared = rng.beta(0.5, 0.5, 60)
        one = np.where(rng.random(60) < 0.4, rng.random(60), shared)
        other = np.where(rng.random(60) < 0.4, rng.random(60), shared)
        swap = rng.random(60) < 0.5
        a, b = np.where(swap, one, other), np.where(swap, other, one)
        told = contest([[outcome(a), outcome(b), outcome(shared - 0.5)]], ["a", "b", "c"], 300, seed)[0]
        declared += told.between("a", "b").decided
        assert "c" not in told.tied
    assert declared <= 6  # 3 are expected at most


def test_few_queries_and_several_contestants_declare_nothing_either() -> None:
    """Four that are exchangeable, of fifteen queries: is any of six differences declared?"""
    declared, grades, shares = 0, [0.0, 0.39, 0.63, 1.0], [0.3, 0.15, 0.15, 0.4]
    for seed in range(120):
        rng = np.random.default_rng([15, seed])
        shared = rng.choice(grades, 15, p=shares)
        some = [np.where(rng.random(15) < 0.4, rng.choice(grades, 15, p=shares), shared) for _ in range(4)]
        told = contest([[outcome(one) for one in some]], list("abcd"), 300, seed)[0]
        declared += any(one.decided for one in told.differences)
    assert declared <= 8  # 6 are expected at most; where the widening of errors narrowed the cut it was 14


def test_intervals_of_few_are_wider_than_the_bootstrap_says() -> None:
    gap = np.random.default_rng(0).normal(0, 0.1, 8)
    told = contest([[outcome(0.5 + gap), outcome(np.full(8, 0.5))]], ["a", "b"], 4000)[0].between("a", "b").interval
    assert (told.high - told.low) / 2 > 1.15 * 1.96 * gap.std() / np.sqrt(8)


def test_intervals_are_those_of_a_normal_difference() -> None:
    """For one pair of many queries: the mean and twice its standard error."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.5, 0.1, 2000), rng.normal(0.49, 0.1, 2000)
    told = contest([[outcome(a), outcome(b)]], ["a", "b"], 4000)[0].between("a", "b")
    gap = a - b
    error = gap.std(ddof=1) / np.sqrt(2000)
    assert told.interval.mean == pytest.approx(gap.mean())
    assert told.interval.high - told.interval.mean == pytest.approx(1.96 * error, rel=0.06)


def test_more_comparisons_make_wider_intervals() -> None:
    rng = np.random.default_rng(1)
    some = [outcome(rng.random(100)) for _ in range(8)]
    two = contest([some[:2]], ["0", "1"], 500)[0].between("0", "1").interval
    names = [str(at) for at in range(8)]
    many = contest([some], names, 500)[0].between("0", "1").interval
    assert many.high - many.low > 1.3 * (two.high - two.low)


def test_few_units_decide_nothing() -> None:
    told = contest([[outcome([1, 1, 1, 1, 1]), outcome([0, 0, 0, 0, 0])]], ["a", "b"], 200)[0]
    assert not told.between("a", "b").decided
    assert told.tied == ("a", "b")
    same = [0.5] * 95
    told = contest([[outcome([1] * 5 + same), outcome([0] * 5 + same)]], ["a", "b"], 200)[0]
    assert not told.between("a", "b").decided
    assert told.between("a", "b").more == 20  # so many more, of which one differs, make the six that are needed
    told = contest([[outcome([1, 1, 1, 1, 1]), outcome([0, 0, 0, 0, 0])]], ["a", "b"], 200)[0]
    assert told.between("a", "b").more == 1
    told = contest([[outcome([1, 0, 1]), outcome([0, 1, 1])]], ["a", "b"], 200)[0]
    assert told.between("a", "b").more is None  # nothing is seen that sets them apart


def test_how_many_more_units_would_decide() -> None:
    """With as many as it says, about four of five data sets of the same kind decide it."""
    rng = np.random.default_rng(2)

    def drawn(n: int) -> Contest:
        base = rng.random(n)
        return contest([[outcome(base + rng.normal(0.01, 0.1, n)), outcome(base)]], ["a", "b"], 300)[0]

    base = rng.random(100)
    gap = rng.normal(0, 0.1, 100)
    gap += 0.01 - gap.mean()
    told = contest([[outcome(base + gap), outcome(base)]], ["a", "b"], 1000)[0].between("a", "b")
    assert not told.decided
    assert told.more is not None
    decided = [drawn(100 + told.more).between("a", "b").decided for _ in range(40)]
    assert 0.6 < np.mean(decided) < 0.97


def test_tasks_count_alike_and_are_told_apart() -> None:
    rng = np.random.default_rng(3)
    small = [outcome(rng.random(30) + shift, "small") for shift in (0.4, 0.0)]
    large = [outcome(rng.random(3000) + shift, "large") for shift in (0.0, 0.02)]
    mean, one, other = contest([small, large], ["a", "b"], 500)
    assert (mean.task, one.task, other.task) == ("", "small", "large")
    for name, at in (("a", 0), ("b", 1)):
        assert mean.scores[name].mean == pytest.approx((small[at].score + large[at].score) / 2)
    assert one.between("a", "b").decided
    assert mean.units == 3030
    with pytest.raises(InputError, match="different units"):
        contest([[outcome([1, 2]), outcome([1, 2, 3])]], ["a", "b"])


def test_the_same_seed_gives_the_same_report() -> None:
    made = [compare([named("a", 1.0), named("b", 2.0)], [found(20)], times=200, seed=5, bm25=False) for _ in range(2)]
    assert made[0].contests == made[1].contests


def test_bm25_ranks_as_words_do() -> None:
    task = found()
    index = Bm25(task.documents)
    told = {query: ranking for query, ranking, _ in answers(task, index)}
    assert 0.2 < task.judge_answers(told).score < 0.95
    assert list(index.ranked(task.documents["d3"], 1)) == ["d3"]
    assert set(index.ranked(task.documents["d3"], 5, ["d1", "d2"])) <= {"d1", "d2"}
    assert index.bytes > 0
    own = Retrieval("own", task.documents, {"d0": task.documents["d0"]}, {"d0": {"d1": 1}}, own=False)
    assert len(next(answers(own, Bm25(own.documents)))[1]) >= 1


def test_words_have_vectors_where_no_ranking_is_judged() -> None:
    task = STS("s", ["ban bar", "ban", "dan"], ["bar ban", "bar", "dan"], [5, 1, 5])
    made = word_vectors(task)
    assert made["one"].shape == (3, 2048)
    assert task.judge(made).score > 0.8
    told = compare([named("good", 0.1)], [task], times=200)
    assert any("hashed into 2,048 dimensions" in note for note in told.notes)
    assert told.overall.differences[0].wins is None


def test_bm25_stands_aside_where_there_are_no_words() -> None:
    task = Retrieval("images", {"d": 1, "e": 2}, {"q": 1}, {"q": {"d": 1}})
    models = [Hashed(dim=4), Hashed(dim=4)]
    models[0].name, models[1].name = "one", "other"
    told = compare(models, [task], times=200)
    assert "BM25 takes no part" in told.notes[0]
    assert [entry.name for entry in told.entries] == ["one", "other"]
    assert told.refused == {"one": 3, "other": 3}  # which read words too


def test_disagreements_name_the_queries(compared: Comparison) -> None:
    told = compared.disagreements("good", "poor", 3)
    assert len(told) == 3
    assert all(one.first > one.second for one in told)
    assert told[0].text == found().queries[told[0].unit]
    assert compared.disagreements("good", "twin") == ()


def test_the_front_holds_whom_nobody_beats(compared: Comparison) -> None:
    worth = {
        e.name: (
            compared.overall.scores[e.name].mean,
            e.costs.items_per_second,
            -e.costs.latency,
            -e.costs.bytes_per_vector,
        )
        for e in compared.entries
    }
    # the best has a twin of the same score, and which of the two is quicker is chance
    assert max(worth[name][0] for name in compared.pareto) == worth[compared.best][0]
    for name in compared.pareto:
        assert not any(all(a > b for a, b in zip(worth[other], worth[name], strict=True)) for other in worth)


def test_a_cost_that_is_not_known_saves_nobody() -> None:
    task = STS("s", ["ban bar", "ban", "dan"], ["bar ban", "bar", "dan"], [5, 1, 4])
    told = compare([named("good", 0.0)], [task], times=200)
    if told.overall.scores["BM25"].mean < told.overall.scores["good"].mean:
        assert told.pareto == ("good",)
    else:
        assert "BM25" in told.pareto
    nan, costs = float("nan"), (1.0, 1.0, 1.0)
    assert _beats(np.array([0.9, *costs]), np.array([0.1, nan, nan, nan]))
    assert not _beats(np.array([0.1, nan, nan, nan]), np.array([0.9, *costs]))
    assert not _beats(np.array([0.5, *costs]), np.array([0.5, nan, nan, nan]))


def test_one_query_is_one() -> None:
    told = compare([named("good", 0.0)], [found(1)], times=200)
    assert "ver 1 query" in verdict(told)
    assert {row[6] for row in rows(told)} <= {"to decide", "", "nothing sets them apart", "5 more"}


def test_reports_say_the_same(compared: Comparison) -> None:
    assert verdict(compared) == "Over 40 queries these cannot be told apart: good, twin; one of them is the best."
    head, *body = rows(compared)
    assert len(body) == 4
    assert all(len(row) == len(head) for row in body)
    text = markdown(compared)
    for name in ("good", "twin", "poor", "BM25"):
        assert f"| {name} |" in text
    html = page(compared)
    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")
    ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])
    plain = compared.plain()
    json.dumps(plain)
    assert plain["units"][0]["names"][0] == "q0"
    assert set(plain["units"][0]["values"]) == {"good", "twin", "poor", "BM25"}


def test_a_precision_may_be_asked_for() -> None:
    assert asked_for("a/b@int8") == ("a/b", "int8")
    assert asked_for("a@b") == ("a@b", "auto")
    assert asked_for("model") == ("model", "auto")


def test_a_model_by_name_runs_apart_and_its_memory_is_its_own(tiny: Path, tmp_path: Path) -> None:
    task = found(10)
    one = entered(str(tiny), "tiny", [task], tmp_path / "kept")
    assert one.costs.memory is not None
    assert 20e6 < one.costs.memory < 4e9
    assert one.dim * 4 == one.costs.bytes_per_vector
    kept = sorted(path.name for path in (tmp_path / "kept").iterdir())
    again = entered(str(tiny), "tiny", [task], tmp_path / "kept")
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == kept
    assert again.outcomes[0].score == one.outcomes[0].score
    assert again.costs.items_per_second == pytest.approx(one.costs.items_per_second)
    with pytest.raises(ModelError):
        entered(str(tmp_path / "none"), "none", [task])


@pytest.mark.parametrize("held", [True, False])
def test_a_contestants_process_ends_with_who_asked(tiny: Path, tmp_path: Path, held: bool) -> None:
    facts = {"model": str(tiny), "precision": "auto", "keep": "", "inputs": [], "alone": [["water", "query"]]}
    (tmp_path / "asked.json").write_text(json.dumps(facts))
    command = [sys.executable, "-P", "-m", "likewise.evaluation._entrant", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        if not held:
            child.stdin.close()
        assert child.wait(60) == (0 if held else 1)
    assert (tmp_path / "told.json").exists() == held


@pytest.mark.parametrize(
    ("models", "bm25", "message"),
    [
        ([], True, "wanted at least one"),
        ([named("a", 1)], False, "wanted at least one, and another"),
        ([named("a", 1), named("a", 1)], True, "comes twice"),
        ([named("BM25", 1)], True, "comes twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(models: list[Hashed], bm25: bool, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare(models, [found(5)], bm25=bm25)
    with pytest.raises(InputError, match="no task"):
        compare([named("a", 1)], [])
    with pytest.raises(InputError, match="200 draws"):
        compare([named("a", 1)], [found(5)], times=3)
