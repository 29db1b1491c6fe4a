"""Help, wrong usage and the streams, of every command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.test_house import COMMANDS

LIKEWISE = Path(sys.executable).with_name("likewise")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_examples_and_goes_to_stdout(likewise: Command, command: str) -> None:
    ran = likewise(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"examples:\n  {'echo' if command == 'embed' else 'likewise'}" in ran.out
    for option in ("--json", "--quiet", "--progress", "--debug"):
        assert option in ran.out


def test_help_lists_every_command(likewise: Command) -> None:
    ran = likewise("--help")
    assert ran.code == 0
    assert all(f"\n    {command} " in ran.out for command in COMMANDS)


def test_no_command_is_wrong_usage(likewise: Command) -> None:
    ran = likewise()
    assert (ran.code, ran.out) == (2, "")
    assert "a first minute" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("serch", "c", "q"),
        ("search",),
        ("search", "c"),
        ("search", "c", "q", "-k", "many"),
        ("search", "c", "q", "--mode", "magic"),
        ("add", "x"),
        ("delete", "c"),
        ("embed", "--role", "poet"),
        ("status", "c", "--nonsense"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_2(likewise: Command, words: tuple[str, ...]) -> None:
    ran = likewise(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "--help" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("search", "nowhere", "q"),
        ("similar", "nowhere", "x"),
        ("sync", "nowhere"),
        ("delete", "nowhere", "x"),
        ("status", "nowhere"),
        ("verify", "nowhere"),
        ("add", "nowhere", "--to", "c"),
        ("embed", "nowhere.txt"),
        ("embed", "."),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_one_line_and_2(
    likewise: Command, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = likewise(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"likewise {words[0]}: ")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_collection_is_left_alone(likewise: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a collection")
    ran = likewise("status", tmp_path)
    assert ran.code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_version(likewise: Command) -> None:
    assert likewise("--version").out == "likewise 0.1.0\n"


def test_debug_shows_where_it_came_from(likewise: Command) -> None:
    from likewise.errors import InputError

    with pytest.raises(InputError):
        likewise("status", "nowhere", "--debug")


def _modules(*words: str) -> set[str]:
    code = f"import sys; from likewise.cli import main; main({list(words)!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_help_loads_no_library() -> None:
    loaded = _modules("--help")
    assert not loaded & {"numpy", "sqlite3", "tqdm", "openvino", "tokenizers", "faiss"}
    assert "argparse" in loaded


@pytest.mark.parametrize("words", [("--help",), ("doctor", "--json"), ("search", "--help")], ids=" ".join)
def test_whoever_stops_reading_is_no_error(words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}  # or argparse hides it
    done = subprocess.run(
        [LIKEWISE, *words], stdout=writing, stderr=subprocess.PIPE, text=True, env=variables, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_names_that_are_not_unicode_pass_through(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.likewise")
    for variables in ({"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}, {"PYTHONIOENCODING": "ascii"}):
        done = subprocess.run(
            [LIKEWISE, "status", name], cwd=tmp_path, capture_output=True, env=os.environ | variables, check=False
        )
        assert done.returncode == 2
        assert b"caf" in done.stderr
        assert b"Traceback" not in done.stderr
