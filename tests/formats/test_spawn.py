"""A reader outlives the thread that asked it first."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from likewise.formats import Reader
from likewise.formats._spawn import spawned


def test_a_child_lives_on_when_the_thread_that_asked_first_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("some words")
    with Reader() as reader:
        found: list[str] = []
        thread = Thread(target=lambda: found.extend(part.text for part in reader.read(path)))
        thread.start()
        thread.join()
        child = reader._worker._child
        time.sleep(0.3)  # the signal comes when the thread is gone
        assert child is not None
        assert child.poll() is None
        assert [part.text for part in reader.read(path)] == found == ["some words"]
        assert reader._worker._child is child


def test_children_of_a_forked_process() -> None:
    code = (
        "import os, subprocess, sys\n"
        "from likewise.formats._spawn import spawned\n"
        "start = lambda: subprocess.Popen([sys.executable, '-c', ''])\n"
        "assert spawned(start).wait() == 0\n"
        "pid = os.fork()\n"
        "code = spawned(start).wait()\n"
        "os._exit(code) if not pid else sys.exit(code or os.waitpid(pid, 0)[1])\n"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], timeout=60, check=False).returncode == 0


def test_what_cannot_be_started_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        spawned(lambda: subprocess.Popen(["/no/such/program"]))
