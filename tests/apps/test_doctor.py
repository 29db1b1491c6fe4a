"""The doctor: all is well here, and what is not well is said with its remedy."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from likewise.apps import doctor as room
from likewise.apps._imports import Tried
from likewise.apps.doctor import doctor


def test_this_machine_is_well(tiny: Path) -> None:
    findings = {finding.name: finding for finding in doctor(str(tiny))}
    assert {"python", "cpu", "memory", "sqlite", "temporary", "library numpy", "self-test"} <= set(findings)
    assert [f for f in findings.values() if f.state == "broken" and f.name != "self-test"] == []


def test_the_default_model_tells_alike_from_unlike(packaged: str) -> None:
    *_, last = doctor(packaged)
    assert (last.name, last.state, last.mend) == ("self-test", "ok", "")


def test_an_unknown_model_is_a_finding() -> None:
    *_, last = doctor("no-such-model")
    assert (last.name, last.state) == ("self-test", "broken")
    assert "no-such-model" in last.found


def test_a_broken_library_stops_the_self_test_only(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [Tried("numpy", "2.0", "ImportError: libblas.so.3: cannot open shared object file"), Tried("lxml", "")]
    beside = [Tried("torchvision", "0.28", "RuntimeError: operator torchvision::nms does not exist")]
    monkeypatch.setattr(room, "required", lambda: ["required"])
    monkeypatch.setattr(room, "optional", lambda: ["beside"])
    monkeypatch.setattr(room, "try_imports", lambda names: iter(broken if names == ["required"] else beside))
    findings = {finding.name: finding for finding in doctor()}
    assert "force-reinstall" in findings["library numpy"].mend
    assert findings["library lxml"].found == "not installed"
    assert (findings["beside likewise: torchvision"].state, findings["self-test"].state) == ("warning", "broken")
    assert "works without it" in findings["beside likewise: torchvision"].mend


def test_sqlite_without_full_text_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            raise sqlite3.OperationalError("no such module: fts5")

    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path: real(path, factory=Old))
    findings = {finding.name: finding for finding in doctor("no-such-model")}
    assert (findings["sqlite"].state, "no such module" in findings["sqlite"].found) == ("broken", True)


def test_a_look_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError("no entry")

    monkeypatch.setattr("tempfile.gettempdir", refuse)
    findings = {finding.name: finding for finding in doctor("no-such-model")}
    assert findings["temporary"].state == "broken"
