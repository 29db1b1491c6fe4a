"""`likewise compare`: the table, the reports, the exit code, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.tiny import tiny_model

WORDS = ["river", "bank", "water", "cow", "milk", "bread", "stone", "bridge", "rain", "cloud", "storm", "wind", "leaf"]


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """A folder of BEIR's kind: eight documents, and a query of the words of each."""
    folder = tmp_path / "task"
    (folder / "qrels").mkdir(parents=True)
    texts = ["river bank water", "cow milk bread", "stone bridge rain", "cloud storm wind"]
    texts += ["leaf tree root", "seed soil farm", "fish boat sail", "sun moon star"]
    rows = [{"_id": f"d{at}", "text": text} for at, text in enumerate(texts)]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    rows = [{"_id": f"q{at}", "text": text.split()[at % 3]} for at, text in enumerate(texts)]
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    judged = "".join(f"q{at}\td{at}\t1\n" for at in range(8))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)
    return folder


def test_compare_from_the_command_line(likewise: Command, tiny: Path, task: Path, tmp_path: Path) -> None:
    other = tiny_model(tmp_path / "other", seed=7)
    reports = [tmp_path / f"r{suffix}" for suffix in (".json", ".md", ".html")]
    words = ["compare", tiny, other, "--task", task, "--times", "200", "--keep", tmp_path / "kept"]
    ran = likewise(*words, *(word for path in reports for word in ("--to", path)))
    assert ran.code == 0
    for name in (str(tiny), str(other), "BM25", "to decide", "Pareto"):
        assert name in ran.out
    told = json.loads(reports[0].read_text())
    assert {one["name"] for one in told["contestants"]} == {str(tiny), str(other), "BM25"}
    assert len(told["units"][0]["values"]["BM25"]) == 8
    assert reports[1].read_text().startswith("# Comparison")
    assert reports[2].read_text().startswith("<!doctype html>")
    ran = likewise(*words, "--json", "--no-bm25")
    assert [one["name"] for one in ran.json["contestants"]] == list(ran.json["contests"][0]["scores"])
    assert "BM25" not in ran.out


def test_a_collection_makes_a_first_task(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "notes").mkdir()
    for at in range(12):
        title, body = rng.choice(WORDS, 2, replace=False), rng.choice(WORDS, 8)
        text = f"# {' '.join(title)} number {at}\n\n{' '.join(title)} {' '.join(body)}.\n"
        (tmp_path / "notes" / f"{at}.md").write_text(text)
    assert likewise("add", tmp_path / "notes", "--to", tmp_path / "c", "--model", tiny).code == 0
    ran = likewise("compare", tiny, "--collection", tmp_path / "c", "--times", "200", "--json")
    assert ran.code == 0
    assert any("judge by real ones" in note for note in ran.json["notes"])


def test_what_cannot_be_compared_is_refused(likewise: Command, tiny: Path, task: Path, tmp_path: Path) -> None:
    assert likewise("compare", tiny).code == 2
    assert likewise("compare", tiny, "--collection", tmp_path / "none").code == 1
    ran = likewise("compare", tiny, "--task", tmp_path / "gone")
    assert ran.code == 2
    assert "there is no task at" in ran.err
    ran = likewise("compare", tiny, "--task", task, "--to", tmp_path / "r.pdf")
    assert ran.code == 2
    assert ".json, .md, .html" in ran.err
    ran = likewise("compare", tiny, "--task", task, "--to", tmp_path / "gone" / "r.json")
    assert ran.code == 2
    assert "make it first" in ran.err
    kept = tmp_path / "kept"
    ran = likewise("compare", tiny, tmp_path / "none", "--task", task, "--keep", kept)
    assert ran.code == 2
    assert not list(kept.iterdir())  # a model that is not there is told before the others are at work
    assert likewise("compare", tiny, tiny, "--task", task).code == 2
