"""`likewise evaluate`: the score, its interval, every query, and what is said of what cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from likewise.cli import main
from likewise.collection import Collection
from likewise.encoders import Encoder
from tests.evaluation.worded import Worded


@pytest.fixture(autouse=True)
def _worded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model that is named is the one that knows words."""

    def load(name: str, precision: str = "auto") -> Encoder:
        assert precision in ("auto", "fp32")
        return Worded(noise=0.0 if name == "good" else 9.0)

    monkeypatch.setattr("likewise.encoders.load", load)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    rows = [f"w{n} x{n},w{n} and x{n} and y{n}\n" for n in range(20)]
    path.write_text("query,document\n" + "".join(rows))
    return path


def test_a_score_and_its_interval(questions: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    each = tmp_path / "each.jsonl"
    assert main(["evaluate", "bad", "--task", str(questions), "--precision", "fp32", "--to", str(each)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("mine  retrieval  ndcg_at_10 0.")
    assert "; 20 queries)" in told
    values = [json.loads(line) for line in each.read_text().splitlines()]
    assert len(values) == 20
    assert set(values[0]) == {"task", "metric", "query", "value"}
    assert main(["evaluate", "good", "--task", str(questions), "--json", "--progress"]) == 0
    (good,) = json.loads(capsys.readouterr().out)["outcomes"]
    assert main(["evaluate", "good@fp32", "--task", str(questions), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcomes"] == [good]
    assert good["score"] == good["scores"]["ndcg_at_10"] == 1.0
    assert good["score"] > sum(value["value"] for value in values) / 20
    assert (good["units"], good["unit"], good["refused"]) == (20, "query", [])


def test_vectors_are_kept_for_the_next_run(questions: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told = []
    for _ in range(2):
        assert main(["evaluate", "good", "--task", str(questions), "--keep", str(tmp_path / "kept")]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert len(list((tmp_path / "kept").glob("*.npy"))) == 2  # documents and queries


def test_what_cannot_be_encoded_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text("sentence1,sentence2,score\na b,a,3\nbroken,b,1\nc d,c,2\n")
    assert main(["evaluate", "good", "--task", str(path)]) == 1
    assert "refused: t: 1: ValueError: this text breaks the encoder" in capsys.readouterr().err


def test_a_first_task_of_a_collection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    for n in range(12):
        (notes / f"{n}.md").write_text(f"# About thing{n}\n\nWhat thing{n} is.\n")
    with Collection(tmp_path / "c", model=Worded()) as made:
        made.add(notes)
    saved = tmp_path / "task"
    assert main(["evaluate", "good", "--collection", str(tmp_path / "c"), "--save", str(saved)]) == 0
    first = capsys.readouterr()
    assert "are no questions" in first.err
    assert main(["evaluate", "good", "--task", str(saved)]) == 0
    assert capsys.readouterr().out.split("  ")[2:] == first.out.split("  ")[2:]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (lambda p: ["good"], "no task is named"),
        (lambda p: ["good", "--task", str(p), "--save", "x"], "--save writes the task made by --collection"),
        (lambda p: ["good", "--task", str(p), "--kind", "guess"], "there is no kind of task 'guess'"),
        (lambda p: ["good", "--task", str(p.parent / "none")], "there is no task at"),
        (lambda p: ["good", "--task", str(p), "--to", str(p.parent / "no" / "x")], "make it first"),
        (lambda p: ["good", "--task", str(p), "--to", str(p.parent)], "it is a folder"),
        (lambda p: ["good", "--task", str(p), "--keep", str(p)], "cannot be kept in"),
    ],
)
def test_what_cannot_be_meant(
    words: Callable[[Path], list[str]], says: str, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *words(questions)]) == 2
    assert says in capsys.readouterr().err
