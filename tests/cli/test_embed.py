"""`likewise embed`: every layout in, every file out, bad lines reported, nothing by halves."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from likewise.encoders import load
from tests.cli.conftest import Command

TEXTS = ["the tap drips", "", "ein grüner Garten", "x", "knead the dough"]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "in.txt"
    path.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    return path


def test_json_lines_on_stdout_equal_the_library(likewise: Command, tiny: Path, lines: Path) -> None:
    ran = likewise("embed", lines, "--model", tiny)
    assert ran.code == 0
    rows = [json.loads(line) for line in ran.out.splitlines()]
    expected = load(tiny).encode(TEXTS)
    assert [row["id"] for row in rows] == list(expected.ids)
    assert np.allclose(np.array([row["embedding"] for row in rows], np.float32), expected.vectors, atol=1e-6)
    assert {row["space"] for row in rows} == {expected.space.id}
    assert "5 of 5 texts encoded" in ran.err


def test_npy_and_parquet_and_jsonl_agree(likewise: Command, tiny: Path, lines: Path, tmp_path: Path) -> None:
    for suffix in ("npy", "parquet", "jsonl"):
        ran = likewise("embed", lines, "--model", tiny, "--to", tmp_path / f"out.{suffix}", "--json")
        assert ran.code == 0
        assert (ran.json["written"], ran.json["failed"], ran.json["to"]) == (5, 0, str(tmp_path / f"out.{suffix}"))
    vectors = np.load(tmp_path / "out.npy")
    assert vectors.shape == (5, load(tiny).space.dim)
    assert vectors.dtype == np.float32
    table = pq.read_table(tmp_path / "out.parquet")
    assert np.array_equal(np.array(table["embedding"].to_pylist(), np.float32), vectors)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert np.array_equal(np.array([row["embedding"] for row in rows], np.float32), vectors)


def test_bad_rows_are_named_and_left_out(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(
        b'{"id": "a", "body": "one"}\n{oops\n{"id": "c", "body": 3}\n\xff\n{"id": "e", "body": "five"}\n{"id": "f"}\n'
    )
    ran = likewise("embed", source, "--model", tiny, "--column", "body", "--to", tmp_path / "out.jsonl")
    assert ran.code == 1
    assert [line.split(":")[0] for line in ran.err.splitlines()[:-1]] == ["line 2", "line 3", "line 4", "line 6"]
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(row["id"], "embedding" in row) for row in rows] == [
        ("a", True), ("1", False), ("c", False), ("3", False), ("e", True), ("f", False),
    ]  # fmt: skip
    likewise("embed", source, "--model", tiny, "--column", "body", "--to", tmp_path / "out.npy")
    assert np.isfinite(np.load(tmp_path / "out.npy")).all()
    assert json.loads((tmp_path / "out.npy.space.json").read_text())["left_out"] == ["1", "c", "3", "f"]


def test_csv_column_and_role(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('id,question\nq1,"what, then"\nq2,why\n')
    ran = likewise("embed", source, "--model", tiny, "--column", "question", "--role", "query")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [row["id"] for row in rows] == ["q1", "q2"]
    expected = load(tiny).encode_query(["what, then", "why"]).vectors
    assert np.allclose(np.array([row["embedding"] for row in rows], np.float32), expected, atol=1e-6)
    ran = likewise("embed", source, "--model", tiny)
    assert (ran.code, ran.out) == (2, "")
    assert "'id', 'question'" in ran.err


def test_overflow(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text("short\n" + "long " * 1000 + "\n")
    ran = likewise("embed", source, "--model", tiny)
    assert (ran.code, json.loads(ran.out.splitlines()[1])["truncated"]) == (0, True)
    assert "1 cut short" in ran.err
    ran = likewise("embed", source, "--model", tiny, "--overflow", "error")
    assert ran.code == 1
    assert "error" in json.loads(ran.out.splitlines()[1])
    ran = likewise("embed", source, "--model", tiny, "--overflow", "mean")
    assert (ran.code, json.loads(ran.out.splitlines()[1])["truncated"]) == (0, False)


@pytest.mark.parametrize("options", [("--to", "out.txt"), ("--model", "no-such-model"), ("--to", "gone/out.npy")])
def test_what_cannot_be_done_is_2(
    likewise: Command,
    tiny: Path,
    lines: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, str],
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = likewise("embed", lines, "--model", tiny, *options)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert [p.name for p in tmp_path.iterdir()] == ["in.txt"]


def test_half_a_model_folder_is_2(likewise: Command, tiny: Path, lines: Path, tmp_path: Path) -> None:
    half = tmp_path / "half"
    half.mkdir()
    (half / "config.json").write_bytes((tiny / "config.json").read_bytes())
    ran = likewise("embed", lines, "--model", half)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "half" in ran.err


def test_standard_input_and_empty_input(tiny: Path, monkeypatch: pytest.MonkeyPatch, likewise: Command) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo")))
    assert len(likewise("embed", "--model", tiny).out.splitlines()) == 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    ran = likewise("embed", "-", "--model", tiny)
    assert (ran.code, ran.out) == (0, "")


def test_progress_shows_when_asked_and_never_in_results(likewise: Command, tiny: Path, lines: Path) -> None:
    ran = likewise("embed", lines, "--model", tiny, "--progress")
    assert "encode" in ran.err
    assert all(json.loads(line) for line in ran.out.splitlines())
    assert likewise("embed", lines, "--model", tiny, "--quiet").err == ""


def test_a_pipe_from_the_shell(tiny: Path) -> None:
    likewise = Path(sys.executable).with_name("likewise")
    command = f"yes 'the tap drips' | head -3000 | {likewise} embed --model {tiny} --quiet | wc -l"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("3000", "")


def test_an_interruption_ends_cleanly(tiny: Path, tmp_path: Path) -> None:
    likewise = Path(sys.executable).with_name("likewise")
    with subprocess.Popen(["yes", "the tap drips"], stdout=subprocess.PIPE) as endless:
        # where the suite itself runs behind `&`, its children would ignore the signal
        heed = (
            "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
        )
        command = [sys.executable, "-c", heed, str(likewise), "embed", "--model", str(tiny)]
        with subprocess.Popen(command, stdin=endless.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            assert running.stdout.readline().startswith(b'{"id": "0"')
            running.send_signal(signal.SIGINT)
            running.stdout.read()
            assert running.stderr.read().decode().splitlines() == ["likewise: interrupted"]
            assert running.wait() == 130
        endless.kill()
