"""add, sync, delete, search, similar, status, verify: a collection from its first file to its last."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.tiny import tiny_model


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "tap.txt").write_text(
        "The kitchen is painted white.\nThe tap in the kitchen drips. Replace the washer to stop the leak.\n"
    )
    (folder / "deep" / "bread.md").write_text("# Bread\n\nKnead the dough for ten minutes.\n")
    (folder / "stars.txt").write_text("Jupiter is the largest planet.\n")
    return folder


@pytest.fixture
def made(likewise: Command, tiny: Path, notes: Path, tmp_path: Path) -> Path:
    collection = tmp_path / "c.likewise"
    assert likewise("add", notes, "--to", collection, "--model", tiny).code == 0
    return collection


def test_add_tells_what_it_did(likewise: Command, tiny: Path, notes: Path, tmp_path: Path) -> None:
    ran = likewise("add", notes, "--to", tmp_path / "c", "--model", tiny)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "3 added, 0 changed, 0 unchanged, 0 removed, 0 refused")
    ran = likewise("add", notes, "--to", tmp_path / "c", "--json")
    assert (ran.code, ran.json["added"], ran.json["unchanged"], ran.json["encoded"]) == (0, 0, 3, 0)


def test_a_refused_file_is_named_and_its_neighbours_go_in(
    likewise: Command, tiny: Path, notes: Path, tmp_path: Path
) -> None:
    (notes / "empty.txt").write_bytes(b"")
    ran = likewise("add", notes, "--to", tmp_path / "c", "--model", tiny, "--json")
    assert (ran.code, ran.json["added"]) == (1, 3)
    assert [(Path(r["source"]).name, r["reason"]) for r in ran.json["refused"]] == [("empty.txt", "empty")]
    assert "empty.txt: empty" in ran.err


def test_a_missing_path_beside_others_is_a_row(likewise: Command, tiny: Path, notes: Path, tmp_path: Path) -> None:
    ran = likewise("add", notes, tmp_path / "gone", "--to", tmp_path / "c", "--model", tiny, "--json")
    assert (ran.code, ran.json["added"]) == (1, 3)
    assert [r["reason"] for r in ran.json["refused"]] == ["missing"]


def test_progress_tells_the_whole(likewise: Command, tiny: Path, notes: Path, tmp_path: Path) -> None:
    ran = likewise("add", notes, "--to", tmp_path / "c", "--model", tiny, "--progress", "--json")
    assert re.search(r"add: +0%\|.*/1\d\d ", ran.err), ran.err  # of so many bytes
    assert ran.json["added"] == 3


def test_search_prints_file_place_score_and_marks(likewise: Command, made: Path, notes: Path) -> None:
    ran = likewise("search", made, "how to stop the leak, replace washer", "-k", "1")
    assert ran.code == 0
    assert ran.out.startswith(f"1. {notes / 'tap.txt'}  ")
    assert "score" in ran.out
    assert "**Replace the washer to stop the leak.**" in ran.out


@pytest.mark.parametrize("mode", ["hybrid", "dense", "text"])
def test_search_as_json(likewise: Command, made: Path, notes: Path, mode: str) -> None:
    ran = likewise("search", made, "washer leak", "--mode", mode, "--json")
    best = ran.json[0]
    assert best["source"] == str(notes / "tap.txt")
    assert {"id", "score", "source", "title", "text", "place", "metadata", "best"} == set(best)
    assert best["text"][best["best"]["start"] : best["best"]["end"]] == best["best"]["text"]
    assert best["best"]["text"] == "Replace the washer to stop the leak."
    assert set(best["place"]) >= {"start", "end", "line", "heading"}


def test_where_and_nothing_found(likewise: Command, made: Path) -> None:
    ran = likewise("search", made, "leak", "--where", 'kind = "markdown"', "--json")
    assert [Path(hit["source"]).name for hit in ran.json] == ["bread.md"]
    ran = likewise("search", made, "leak", "--where", 'kind = "pdf"', "--json")
    assert (ran.code, ran.json) == (1, [])
    assert "nothing found" in ran.err
    assert likewise("search", made, "zzyzx", "--mode", "text").out == ""


@pytest.mark.parametrize(
    "words",
    [("leak", "-k", "0"), ("leak", "-k", "-3"), ("leak", "--where", "year >="), ("leak", "--where", "'"), ("",)],
    ids=" ".join,
)
def test_a_question_that_cannot_be_asked_is_2(likewise: Command, made: Path, words: tuple[str, ...]) -> None:
    ran = likewise("search", made, *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_another_model_is_refused(likewise: Command, made: Path, notes: Path, tmp_path: Path) -> None:
    other = tiny_model(tmp_path / "other", seed=1)
    ran = likewise("add", notes, "--to", made, "--model", other)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert likewise("search", made, "washer").code == 0


def test_similar_to_an_item_and_to_a_file(likewise: Command, made: Path, notes: Path, tmp_path: Path) -> None:
    ran = likewise("similar", made, notes / "tap.txt", "--json")
    assert str(notes / "tap.txt") not in [hit["source"] for hit in ran.json]
    other = tmp_path / "other.txt"
    other.write_text("The largest planet is Jupiter.")
    ran = likewise("similar", made, other, "-k", "1")
    assert (ran.code, str(notes / "stars.txt") in ran.out) == (0, True)
    ran = likewise("similar", made, "neither-an-id-nor-a-file")
    assert (ran.code, ran.err.count("\n")) == (2, 1)


def test_sync_and_delete(likewise: Command, made: Path, notes: Path) -> None:
    (notes / "stars.txt").unlink()
    (notes / "new.txt").write_text("The cellar lamp needs a bulb.")
    ran = likewise("sync", made, "--json")
    assert (ran.code, ran.json["added"], ran.json["removed"], ran.json["unchanged"]) == (0, 1, 1, 2)
    ran = likewise("delete", made, notes / "new.txt", "unknown")
    assert (ran.code, ran.out) == (1, "1 of 2 deleted\n")
    assert likewise("delete", made, notes / "tap.txt").code == 0
    assert likewise("search", made, "washer leak", "--mode", "text").code == 1


def test_status_and_verify(likewise: Command, made: Path, notes: Path) -> None:
    ran = likewise("status", made, "--items", "--json")
    assert (ran.code, ran.json["items"], ran.json["kinds"]) == (0, 3, {"text": 2, "markdown": 1})
    assert [Path(item["id"]).name for item in ran.json["list"]] == ["bread.md", "stars.txt", "tap.txt"]
    ran = likewise("status", made, "--items")
    assert str(notes) in ran.out
    ran = likewise("verify", made, "--json")
    assert (ran.code, ran.json["ok"], ran.json["problems"]) == (0, True, [])
    assert likewise("verify", made).out.startswith("whole: 3 items")
    (notes / "tap.txt").write_text("Another text altogether.")
    ran = likewise("verify", made)
    assert (ran.code, "1 of their files changed" in ran.out) == (0, True)


def test_what_verify_finds_it_repairs(likewise: Command, made: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(made / "collection.sqlite")) as database, database:
        database.execute("DELETE FROM facts")
    ran = likewise("verify", made)
    assert ran.code == 1
    assert "problem" in ran.out
    assert "--repair" in ran.err
    assert "mended" in likewise("verify", made, "--repair").out
    assert likewise("verify", made).code == 0


def test_two_writers(likewise: Command, made: Path, notes: Path) -> None:
    from likewise.collection.lock import writing

    (notes / "new.txt").write_text("More text.")
    with writing(made):
        ran = likewise("sync", made)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert likewise("search", made, "washer").code == 0
        assert "process" in likewise("status", made).out
    assert json.loads(likewise("sync", made, "--json").out)["added"] == 1
