"""The child process: whatever happens in it costs one file, with a reason; the next file is read as ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.errors import FormatError, InputError
from likewise.formats import Limits, Reader
from likewise.types import Part

ROOT = Path(__file__).parents[2]
LIMITS = Limits(memory=1 << 29, stall=1.0, seconds=2.0, expansion=1)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    with Reader(LIMITS, formats=("tests.formats.bad",)) as reader:
        yield reader


def _file(folder: Path, suffix: str, data: bytes = b"content") -> Path:
    path = folder / f"file{suffix}"
    path.write_bytes(data)
    return path


def _outcome(reader: Reader, path: Path) -> tuple[list[Part], str, str]:
    """What was given before the end, and reason and detail if it ended badly."""
    given: list[Part] = []
    try:
        given.extend(reader.read(path))
    except FormatError as error:
        return given, error.reason, error.detail
    return given, "", ""


def _collected(reader: Reader, path: Path) -> tuple[list[str], str]:
    given: list[str] = []
    try:
        given.extend(part.text for part in reader.read(path))
    except FormatError as error:
        return given, error.reason
    return given, ""


@pytest.mark.parametrize(
    ("suffix", "given", "reason"),
    [
        (".loop", ["good"], "timeout"),
        (".tick", [], "timeout"),
        (".eat", [], "memory"),
        (".abort", ["good"], "crashed"),
        (".leave", ["good"], "crashed"),
        (".quit", ["good"], "damaged"),
        (".recurse", [], "damaged"),
        (".connect", [], "damaged"),
        (".start", [], "damaged"),
        (".write", [], "damaged"),
        (".print", ["good"], ""),
    ],
)
def test_costs_one_file(suffix: str, given: list[str], reason: str, reader: Reader, tmp_path: Path) -> None:
    assert _collected(reader, _file(tmp_path, suffix)) == (given, reason)
    assert _collected(reader, _file(tmp_path, ".txt")) == (["content"], "")


def test_a_flood_is_stopped(reader: Reader, tmp_path: Path) -> None:
    given, reason = _collected(reader, _file(tmp_path, ".pour"))
    assert reason == "bomb"
    assert sum(map(len, given)) <= LIMITS.output(7)
    assert _collected(reader, _file(tmp_path, ".txt")) == (["content"], "")


def test_nothing_was_written(reader: Reader, tmp_path: Path) -> None:
    _collected(reader, _file(tmp_path, ".write"))
    left = Path("/tmp/likewise-was-here")
    assert not left.exists() or left.stat().st_size == 0
    left.unlink(missing_ok=True)


def test_names_the_signal(reader: Reader, tmp_path: Path) -> None:
    assert "SIGABRT" in _outcome(reader, _file(tmp_path, ".abort"))[2]


def test_text_is_fit_for_utf8(reader: Reader, tmp_path: Path) -> None:
    document = reader.read(_file(tmp_path, ".spoil"))
    (part,) = document
    assert part.text == "a\ufffdb\ufffdc\n"
    assert part.place.name == "n\ufffd"
    assert document.metadata["title"] == "a\ufffdb"
    assert document.warnings == ("w\ufffd",)


def test_long_parts_are_cut_at_exact_places(reader: Reader, tmp_path: Path) -> None:
    whole = "word " * 100_000
    parts = list(reader.read(_file(tmp_path, ".long", b"x" * 500_000)))
    assert len(parts) > 1
    assert "".join(p.text for p in parts) == whole
    assert all(whole[p.place.start - 10 : p.place.end - 10] == p.text for p in parts)


def test_one_child_serves_many_files_and_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    path = _file(tmp_path, ".environment")
    with Reader(Limits(files=3), formats=("tests.formats.bad",)) as reader:
        children = [part.text for _ in range(7) for part in reader.read(path)]
    assert len(set(children)) == 3
    with pytest.raises(ProcessLookupError):
        os.kill(int(children[-1].split()[0]), 0)


def test_the_present_folder_is_not_imported_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zipfile.py").write_text("raise SystemExit('taken over')", encoding="ascii")
    monkeypatch.chdir(tmp_path)
    with Reader() as reader:
        assert [p.text for p in reader.read(_file(tmp_path, ".txt"))] == ["content"]


def test_reading_the_next_file_gives_up_the_one_before(reader: Reader, tmp_path: Path) -> None:
    pouring = iter(reader.read(_file(tmp_path, ".pour")))
    assert next(pouring).text.startswith("xxx")
    assert _collected(reader, _file(tmp_path, ".txt")) == (["content"], "")


def test_a_slow_caller_costs_the_file_nothing(tmp_path: Path) -> None:
    text = "\n\n".join(f"paragraph {i} " + "x" * 500 for i in range(2000))
    with Reader(Limits(stall=0.5, seconds=0.8)) as reader:
        document = iter(reader.read(_file(tmp_path, ".txt", text.encode())))
        next(document)
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            pass
        assert len(list(document)) == 1999


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    code = f"""
        import os, signal
        from likewise.formats import Limits, Reader
        reader = Reader(Limits(stall=60.0, seconds=60.0), formats=("tests.formats.bad",))
        document = reader.read({str(_file(tmp_path, ".loop"))!r})
        next(iter(document))
        print(reader._worker._child.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": path},
        check=False,
    )
    child = int(done.stdout)
    end = time.monotonic() + 10
    while time.monotonic() < end and _alive(child):
        pass
    assert not _alive(child)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet collected does not."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False


def test_limits_are_checked() -> None:
    with pytest.raises(InputError, match="stall"):
        Limits(stall=0)


def test_the_caller_imports_no_format() -> None:
    code = (
        "import sys, likewise.formats; print([m for m in sys.modules if m in ('lxml', 'pypdfium2', 'email', 'zlib')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "lxml" not in done.stdout
    assert "pypdfium2" not in done.stdout


def test_a_stop_of_the_whole_program_costs_no_file(tmp_path: Path) -> None:
    code = f"""
        from likewise.formats import Limits, Reader
        with Reader(Limits(stall=1.2, seconds=2.0), formats=("tests.formats.bad",)) as reader:
            document = iter(reader.read({str(_file(tmp_path, ".nap"))!r}))
            next(document)
            print(reader._worker._child.pid, flush=True)
            print(next(document).text, flush=True)
    """
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path}) as asleep:
        assert asleep.stdout is not None
        child = int(asleep.stdout.readline())
        for pid in (child, asleep.pid):
            os.kill(pid, signal.SIGSTOP)
        time.sleep(2.5)
        os.kill(asleep.pid, signal.SIGCONT)
        time.sleep(0.1)
        os.kill(child, signal.SIGCONT)
        assert asleep.stdout.readline() == "rested\n"
