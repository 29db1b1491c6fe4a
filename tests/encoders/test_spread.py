"""An encoder over several processes gives what one process gives, and leaves none behind."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from likewise.encoders import load
from likewise.errors import InputError
from tests.tiny import tiny_model

TEXTS = [f"text {i} " + "and so on " * (i % 17) for i in range(300)]


def _sockets() -> int:
    found = 0
    for number in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found += str(number.readlink()).startswith("socket:")
    return found


def test_it_gives_what_one_process_gives(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny")
    alone = load(folder, precision="fp32")
    sockets = _sockets()
    before = {child.pid for child in psutil.Process(os.getpid()).children()}
    spread = load(folder, precision="fp32", processes=2, threads=4)
    started = {child.pid for child in psutil.Process(os.getpid()).children()} - before
    assert len(started) == 2
    assert spread.space == alone.space
    found = spread.encode([*TEXTS, ""])
    np.testing.assert_allclose(found.vectors, alone.encode([*TEXTS, ""]).vectors, atol=1e-5)
    del spread, found
    assert not {child.pid for child in psutil.Process(os.getpid()).children()} & started
    assert _sockets() == sockets


def test_a_process_that_is_killed_fails_its_texts_and_says_why(tmp_path: Path) -> None:
    spread = load(tiny_model(tmp_path / "tiny"), precision="fp32", processes=1, threads=1)
    for child in psutil.Process(os.getpid()).children():
        if "_spread" in " ".join(child.cmdline()):
            child.kill()
            child.wait()
    (report,) = spread.encode(["a text"]).failed
    assert "process" in report.error


def test_processes_must_be_some(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="processes=0"):
        load(tiny_model(tmp_path / "tiny"), processes=0)
