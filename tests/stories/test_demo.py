"""The demo answers its questions rightly, and prints the way to one's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import chromium
from tests.cli.conftest import Command, likewise  # noqa: F401 (a fixture)

EXPECTED = {
    "compare two directory trees": "filecmp",
    "find words that are spelled almost like this one": "difflib.",
    "put an element into a list and keep it in order": "bisect.",
    "the middle value of some numbers": "statistics.",
    "measure how long a small piece of code takes": "timeit",
    "guess the kind of a file from its name": "mimetypes",
    "wrap a long text to lines of a given width": "textwrap.",
    "make a copy of an object with everything in it": "copy",
}


@pytest.mark.slow
def test_demo(likewise: Command, packaged: str, tmp_path: Path) -> None:  # noqa: F811
    ran = likewise("demo", "--json", "--model", packaged, "--map", tmp_path / "map.html")
    assert ran.code == 0
    assert ran.json["docstrings"] > 1000
    found = {q["question"]: [a["source"] for a in q["answers"]] for q in ran.json["questions"]}
    assert set(found) == set(EXPECTED)
    missed = {q: names for q, names in found.items() if not any(n.startswith(EXPECTED[q]) for n in names)}
    assert not missed
    assert ran.json["trustworthiness"] > 0.6
    with chromium(tmp_path / "profile") as browser:
        browser.open(tmp_path / "map.html")
        assert browser.run("return likewise.n") == ran.json["passages"]
        browser.keys("/")
        browser.keys("deep copy")
        browser.wait("return document.getElementById('count').innerText.includes('found')")
        assert "copy.deepcopy" in browser.run("return document.getElementById('found').innerText")
        assert browser.said() == []
        browser.picture()
