"""`likewise label`: what is printed and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.collection.coloured import paint
from tests.golden.seen import write

CLASSES = ("red", "green", "blue")


def test_label_from_the_command_line(likewise: Command, tmp_path: Path) -> None:
    photos = [paint(tmp_path / f"{colour}.png", colour) for colour in CLASSES]
    model = write(tmp_path / "clip", "clip")
    (tmp_path / "names.txt").write_text("red\n\ngreen\n")
    ran = likewise("label", *photos, "--model", model, "--classes", tmp_path / "names.txt", "--class", "blue", "--json")
    assert (ran.code, len(ran.json["labelled"])) == (0, 3)
    first = ran.json["labelled"][0]
    assert {c["name"] for c in first["classes"]} == set(CLASSES)
    assert sum(c["score"] for c in first["classes"]) == pytest.approx(1, abs=1e-5)
    assert first["seconds"] is None
    assert ran.json["rule"].startswith("softmax of ")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    ran = likewise("label", tmp_path / "broken.png", "--model", model, "--class", "red")
    assert (ran.code, ran.out) == (1, "")
    assert "broken.png" in ran.err
    assert likewise("label", tmp_path / "gone.png", "--model", model, "--class", "red").code == 2
