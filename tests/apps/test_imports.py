"""Trying libraries in a child: those that fail and those that take the process with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from likewise.apps import _imports
from likewise.apps._imports import required, try_imports


def test_the_default_install_imports() -> None:
    tried = {t.name: t for t in try_imports(required())}
    assert {"numpy", "faiss-cpu", "tokenizers"} <= set(tried)
    assert [t for t in tried.values() if t.error or not t.version] == []


def test_a_crash_costs_one_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.py").write_text("raise RuntimeError('operator nms does not exist')")
    (tmp_path / "dead.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    (tmp_path / "fine.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(_imports, "_version", lambda name: "" if name == "absent" else "1.0")
    bad, dead, absent, fine = try_imports(["bad", "dead", "absent", "fine"])
    assert bad.error == "RuntimeError: operator nms does not exist"
    assert "ends the process" in dead.error
    assert absent.version == ""
    assert (fine.error, fine.version) == ("", "1.0")
