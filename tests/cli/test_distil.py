"""`likewise distil`: a folder that works, its account, and complaints."""

from __future__ import annotations

from pathlib import Path

from likewise.encoders._resolve import Found
from likewise.encoders.text.static import Static
from tests.cli.conftest import Command


def test_a_student_is_made_and_accounted_for(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.jsonl").write_text('{"body": "the tap drips"}\n{"body": "fix the tap"}\n{oops\n')
    (tmp_path / "words.txt").write_text("likewise\n\nleaky faucet\n")
    options = ("--texts", tmp_path / "texts.jsonl", "--column", "body", "--words", tmp_path / "words.txt")
    ran = likewise("distil", tiny, "--to", tmp_path / "quick", "--dim", "8", *options, "--json")
    assert ran.code == 0
    assert "line 3" in ran.err
    assert (ran.json["dim"], ran.json["added"], ran.json["passages"]) == (8, 2, 2)
    assert ran.json["path"] == str(tmp_path / "quick")
    student = Static(Found("quick", tmp_path / "quick"))
    assert student.space.dim == 8
    assert student.count(["leaky faucet"]) == [1]


def test_without_texts_it_says_what_they_would_bring(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    ran = likewise("distil", tiny, "--to", tmp_path / "quick", "--dim", "8")
    assert ran.code == 0
    assert "--texts" in ran.out
    assert "tokens" in ran.out
    again = likewise("distil", tiny, "--to", tmp_path / "quick")
    assert again.code == 2
    assert "not empty" in again.err


def test_progress_is_shown(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    assert "encode tokens" in likewise("distil", tiny, "--to", tmp_path / "quick", "--dim", "8", "--progress").err


def test_a_file_that_is_not_there(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    for option in ("--texts", "--words"):
        ran = likewise("distil", tiny, "--to", tmp_path / option.strip("-"), option, tmp_path / "none.txt")
        assert ran.code == 2
        assert "none.txt" in ran.err
