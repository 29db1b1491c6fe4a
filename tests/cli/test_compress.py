"""`likewise compress`, and collections that keep codes or cut vectors, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command

WORDS = ["tap", "sink", "pipe", "washer", "leak", "oven", "bread", "dough", "flour", "bake", "moon", "star", "orbit"]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    rows = [{"id": f"d{n}", "text": " ".join(rng.choice(WORDS, 6))} for n in range(80)]
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_table_over_dimensions_and_codes(likewise: Command, tiny: Path, texts: Path) -> None:
    ran = likewise("compress", texts, "--model", tiny, "--dims", "32,8", "--tolerance", "0.9")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "64 documents of 32 dimensions, asked with 16 of the documents, held out"
    assert lines[1].split()[:4] == ["dim", "kind", "ranked", "by"]
    assert [line.split()[:4] for line in lines[2:4]] == [
        ["32", "float32", "query", "128"],
        ["32", "float16", "query", "64"],
    ]
    assert len(lines) == 2 + 18 + 1
    assert lines[-1].startswith("smallest within 0.9 of recall: 8 dimensions as binary")


def test_questions_and_judgements(likewise: Command, tiny: Path, texts: Path, tmp_path: Path) -> None:
    questions, judgements = tmp_path / "q.txt", tmp_path / "qrels.tsv"
    questions.write_text("a leaking tap\nbread\n")
    judgements.write_text("query-id\tcorpus-id\tscore\n0\td3\t1\n1\td4\t1\n1\tgone\t1\n")
    words = ("compress", texts, "--model", tiny, "--queries", questions, "--dims", "8", "--json")
    plain, judged = likewise(*words).json, likewise(*words, "--qrels", judgements).json
    assert (plain["queries"], plain["held_out"], plain["ways"][0]["ndcg"]) == (2, False, None)
    assert judged["ways"][0]["ndcg"]["mean"] >= 0
    assert judged["ways"][0]["ndcg_loss"] == {"mean": 0, "low": 0, "high": 0}
    assert [way["dim"] for way in judged["ways"]] == [32] + [8] * 9


def test_files_of_vectors_need_no_model(likewise: Command, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.random.default_rng(0).standard_normal((70, 16)).astype(np.float32))
    assert likewise("compress", tmp_path / "v.npy", "--json").json["documents"] == 56


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere.txt",), "nowhere.txt"),
        (("few.txt", "--model", "TINY"), "wanted 50 or more"),
        (("few.txt", "--qrels", "x"), "--qrels judges queries"),
        (("few.txt", "--dims", "a"), "no list of numbers"),
    ],
)
def test_what_cannot_be_measured_is_one_line_and_2(
    likewise: Command, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few.txt").write_text("one\ntwo\n")
    ran = likewise("compress", *(str(tiny) if word == "TINY" else word for word in words))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err


def test_a_collection_keeps_codes_and_fewer_dimensions(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    notes, made = tmp_path / "notes.txt", tmp_path / "c.likewise"
    notes.write_text("The tap drips.\n\nKnead the dough.\n")
    assert likewise("add", notes, "--to", made, "--model", tiny, "--vectors", "int8", "--dim", "8").code == 0
    status = likewise("status", made, "--json").json
    assert (status["space"]["dim"], status["kept_as"]) == (8, "int8 from 1,000 vectors on, float32 until then")
    assert "kept as     int8 from 1,000 vectors on" in likewise("status", made).out
    assert likewise("search", made, "a leaking tap").code == 0
    other = likewise("add", notes, "--to", made, "--vectors", "binary")
    assert (other.code, other.err.count("\n")) == (2, 1)
    assert "keeps its vectors as int8: leave" in other.err
    other = likewise("add", notes, "--to", made, "--dim", "16")
    assert (other.code, "differ in dim" in other.err) == (2, True)
    assert likewise("compress", made).code == 2  # too few passages


def test_a_cut_that_the_model_was_not_made_for_is_said(likewise: Command, packaged: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("The tap drips.\n")
    ran = likewise("add", notes, "--to", tmp_path / "c", "--dim", "64")
    assert ran.code == 0
    assert "is not made to be cut" in ran.err
    assert "is not made" not in likewise("search", tmp_path / "c", "tap").err
