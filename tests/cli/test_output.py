"""The two streams: marks, control characters, JSON of anything."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from likewise.cli._output import Output, to_json


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_mark_is_bold_on_a_terminal_and_stars_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Output().line("find the best one", (9, 13))
    assert capsys.readouterr().out == "find the **best** one\n"
    for variable in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(variable, raising=False)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    Output().line("find the best one", (9, 13))
    assert screen.getvalue() == "find the \x1b[1mbest\x1b[0m one\n"
    monkeypatch.setenv("NO_COLOR", "1")
    Output().line("best", (0, 4))
    assert screen.getvalue().endswith("**best**\n")


def test_documents_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Output().line("a\x1b[2Jb\x07\tc\x9bd\r", (0, 3))
    Output().complain("x\x1b]0;title\x07")
    captured = capsys.readouterr()
    assert captured.out == "**a\ufffd[**2Jb\ufffd\tc\ufffdd\ufffd\n"
    assert "\x1b" not in captured.err


def test_json_silences_lines_and_lines_silence_json(capsys: pytest.CaptureFixture[str]) -> None:
    for as_json, expected in ((True, "[]\n"), (False, "words\n")):
        out = Output(as_json=as_json)
        out.line("words")
        out.data([])
        assert capsys.readouterr().out == expected


def test_quiet_silences_remarks_only(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(quiet=True)
    out.note("remark")
    out.complain("complaint")
    assert capsys.readouterr().err == "complaint\n"


def test_json_of_values() -> None:
    @dataclass(frozen=True, slots=True)
    class Inner:
        path: Path
        number: float

    value = {"a": (Inner(Path("x"), float("nan")), Inner(Path("y"), 0.5)), "日": None, "t": True}
    assert json.loads(to_json(value)) == {
        "a": [{"path": "x", "number": None}, {"path": "y", "number": 0.5}],
        "日": None,
        "t": True,
    }


def test_json_of_a_name_that_is_not_unicode_is_escaped() -> None:
    assert to_json("caf\udce9") == '"caf\\udce9"'


def test_no_bars_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().bars() as bars:
        assert bars is None
    with Output(progress=True).bars() as bars:
        assert bars is not None
        bars.show("encode", 5, 10, "texts")
        bars.show("encode", 10, 10, "texts")
        bars.show("index", 1, None, "vectors")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "encode" in captured.err
    assert "index" in captured.err
