"""The examples of the README and of the pages run as they stand, and print what they say."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from tests.collection.coloured import paint
from tests.golden.seen import write

ROOT = Path(__file__).parents[2]
PAGES = [
    page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if ">>> " in page.read_text("utf-8")
]


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three notes in `notes/` of the current folder, two photos in `photos/`, and a small CLIP in `clip/`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "tap.txt").write_text("The tap in the kitchen drips. Replace the washer to stop the leak.\n")
    (tmp_path / "notes" / "bread.md").write_text("# Bread\n\nKnead the dough for ten minutes, then bake it hot.\n")
    (tmp_path / "notes" / "stars.txt").write_text("Jupiter is the largest planet. It has many moons.\n")
    (tmp_path / "photos").mkdir()
    paint(tmp_path / "photos" / "rose.png", "red", 60)
    paint(tmp_path / "photos" / "sea.png", "blue", 60)
    write(tmp_path / "clip", "clip")


@pytest.mark.usefixtures("notes", "packaged")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_run(page: Path) -> None:
    # a fence ends an example, as the end of a docstring would
    text = re.sub(r"^```.*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    outcome = runner.run(test, out=said.append)
    assert outcome.attempted >= 3
    assert outcome.failed == 0, "".join(said)
