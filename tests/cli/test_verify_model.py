"""`likewise verify-model`: the report, its exit codes, and texts of the caller's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.tiny import tiny_model

PLAIN = ("--precision", "fp32")


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("".join(f"text number {i} is about taps\n" for i in range(20)), encoding="utf-8")
    return path


def test_the_built_in_texts(likewise: Command, tiny: Path) -> None:
    ran = likewise("verify-model", tiny, *PLAIN)
    assert (ran.code, ran.err) == (0, "")
    rows = ran.out.splitlines()
    for name in ("model", "reference", "texts", "cosine", "neighbours", "batches", "vectors", "tokens", "spaces"):
        assert any(row.startswith(name) for row in rows), name
    assert rows[-1] == "AGREES"
    assert max(map(len, rows)) < 200


def test_json_holds_what_was_measured(likewise: Command, tiny: Path, lines: Path) -> None:
    ran = likewise("verify-model", tiny, *PLAIN, "--texts", lines, "--json")
    assert ran.code == 0
    found = ran.json
    assert (found["ok"], found["problems"], found["texts"], found["compared"]) == (True, [], 20, 20)
    assert set(found["cosine"]) == {"least", "p01", "p05", "median", "mean"}
    assert found["cosine"]["least"] > 0.999999
    assert found["batches"]["texts"] == 20
    assert found["relation"]["kind"] == "exact"
    assert len(found["worst"]) == 5


def test_another_model_does_not_agree_and_is_1(likewise: Command, tiny: Path, lines: Path, tmp_path: Path) -> None:
    other = tiny_model(tmp_path / "other", seed=5)
    ran = likewise("verify-model", tiny, *PLAIN, "--against", other, "--texts", lines)
    assert ran.code == 1
    assert ran.out.splitlines()[-1].startswith("DOES NOT AGREE: the least cosine is ")
    loose = [word for name in ("least", "mean") for word in ("--tolerance", f"{name}=-1")]
    assert likewise("verify-model", tiny, *PLAIN, "--against", other, "--texts", lines, *loose).code == 0


@pytest.mark.parametrize("suffix", ["npy", "parquet", "jsonl"])
def test_what_embed_wrote_is_a_reference(
    likewise: Command, tiny: Path, lines: Path, tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"out.{suffix}"
    assert likewise("embed", lines, "--model", tiny, *PLAIN, "--to", file).code == 0
    ran = likewise("verify-model", tiny, *PLAIN, "--against", file, "--texts", lines, "--json")
    assert (ran.code, ran.json["compared"]) == (0, 20)
    assert ran.json["cosine"]["least"] > 0.999999


def test_lines_that_cannot_be_read_are_named_and_1(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"id": "a", "body": "one"}\n{oops\n{"id": "c", "body": "three"}\n')
    ran = likewise("verify-model", tiny, *PLAIN, "--texts", source, "--column", "body")
    assert ran.code == 1
    assert "2 of 3 compared, 1 not" in ran.out
    assert "1: text: line 2: not JSON" in ran.out


def test_standard_input_is_a_text_file(likewise: Command, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'"one"\n"two"\n"three"\n')))
    ran = likewise("verify-model", tiny, *PLAIN, "--texts", "-", "--input", "jsonl", "--json")
    assert (ran.code, ran.json["compared"]) == (0, 3)


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-model",),
        ("a.npy",),
        ("{tiny}", "--texts", "nowhere.txt"),
        ("{tiny}", "--against", "nowhere.npy"),
        ("{tiny}", "--against", "http://127.0.0.1/v1", "--quiet"),
        ("{tiny}", "--tolerance", "least"),
        ("{tiny}", "--tolerance", "best=1"),
        ("{tiny}", "--tolerance", "least=nan"),
        ("{tiny}", "--role", "poet"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_one_line_and_2(
    likewise: Command, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = likewise("verify-model", *(word.replace("{tiny}", str(tiny)) for word in words))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("likewise verify-model: ")


def test_that_texts_leave_is_said(likewise: Command, tiny: Path) -> None:
    ran = likewise("verify-model", tiny, "--against", "http://127.0.0.1:9/v1#m")
    assert ran.code == 2
    assert ran.err.startswith("the texts are sent to http://127.0.0.1:9/v1, because you named it\n")


def test_progress_goes_to_stderr(likewise: Command, tiny: Path, lines: Path) -> None:
    ran = likewise("verify-model", tiny, *PLAIN, "--texts", lines, "--progress", "--json")
    assert "alone" in ran.err
    assert ran.json["ok"]
