"""Walking folders: every file once, in order, and what cannot be reached is told."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from likewise.sources import Found
from likewise.sources.folder import Folder


def _names(walk: Folder, top: Path) -> list[str]:
    return [str(found.path.relative_to(top)) for found in walk]


def _plant(top: Path, *names: str) -> None:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def test_files_come_sorted_with_size_and_time(tmp_path: Path) -> None:
    _plant(tmp_path, "b.txt", "a/z.txt", "a/y/x.txt", "c.txt")
    walk = Folder([tmp_path])
    assert _names(walk, tmp_path) == ["a/y/x.txt", "a/z.txt", "b.txt", "c.txt"]
    found = next(iter(Folder([tmp_path / "b.txt"])))
    facts = (tmp_path / "b.txt").stat()
    assert found == Found(str(tmp_path / "b.txt"), tmp_path / "b.txt", facts.st_size, facts.st_mtime_ns)
    assert walk.skipped == 0


def test_the_same_walk_can_be_made_again(tmp_path: Path) -> None:
    _plant(tmp_path, "a.txt", ".hidden", "b/c.txt")
    walk = Folder([tmp_path])
    assert list(walk) == list(walk)
    assert walk.skipped == 1


def test_what_nobody_wrote_is_passed_over_and_counted(tmp_path: Path) -> None:
    _plant(tmp_path, ".git/config", ".venv/x.py", "node_modules/x.js", "a/__pycache__/x.pyc", ".env", "a/page.md")
    _plant(tmp_path, "mine.likewise/store.sqlite")
    walk = Folder([tmp_path])
    assert _names(walk, tmp_path) == ["a/page.md"]
    assert walk.skipped == 6


def test_what_is_named_is_taken(tmp_path: Path) -> None:
    _plant(tmp_path, ".notes/page.md", ".env", "x.likewise/page.md")
    paths = [tmp_path / ".notes", tmp_path / ".env", tmp_path / "x.likewise"]
    assert _names(Folder(paths), tmp_path) == [".notes/page.md", ".env", "x.likewise/page.md"]


def test_links_are_followed_only_where_they_are_named(tmp_path: Path) -> None:
    _plant(tmp_path, "real/page.md")
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "folder").symlink_to("../real")
    (tmp_path / "top" / "file").symlink_to("../real/page.md")
    (tmp_path / "top" / "loop").symlink_to(".")
    walk = Folder([tmp_path / "top"])
    assert list(walk) == []
    assert walk.skipped == 3
    assert _names(Folder([tmp_path / "top" / "folder"]), tmp_path) == ["top/folder/page.md"]
    assert _names(Folder([tmp_path / "top" / "file"]), tmp_path) == ["top/file"]


def test_paths_that_lead_nowhere_have_a_reason(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "pipe")
    walk = Folder([tmp_path / n for n in ("missing", "dangling", "circle", "pipe")])
    assert [found.reason for found in walk] == ["vanished", "link", "link", "not_regular"]
    assert all(found.detail for found in walk)


def test_a_folder_is_walked_once(tmp_path: Path) -> None:
    _plant(tmp_path, "a/page.md", "b.md")
    walk = Folder([tmp_path, tmp_path / "a", tmp_path])
    assert _names(walk, tmp_path) == ["a/page.md", "b.md"]
    assert walk.skipped == 2


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _plant(tmp_path, "a/page.md", "b/page.md", "c.md")
    listed = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("/a"):  # permissions do not bind root, so the system's answer is given here
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = list(Folder([tmp_path]))
    assert [(f.path.name, f.reason, f.folder) for f in found] == [
        ("a", "unreadable", True),
        ("page.md", "", False),
        ("c.md", "", False),
    ]
    assert "Permission denied" in found[0].detail


@pytest.mark.parametrize("raw", [b"latin \xe9.txt", "日本語.txt".encode(), b"new\nline.txt", b"\\xe9.txt"])
def test_names_of_every_kind_can_be_said_and_opened(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(raw)).write_bytes(b"content")
    (found,) = Folder([tmp_path])
    assert found.id.encode("utf-8")
    assert found.path.read_bytes() == b"content"


def test_relative_paths_become_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _plant(tmp_path, "a.md")
    monkeypatch.chdir(tmp_path)
    assert [f.id for f in Folder(["."])] == [str(tmp_path / "a.md")]


def test_a_deep_tree_is_walked_without_recursion(tmp_path: Path) -> None:
    here = tmp_path
    for _ in range(300):
        here = here / "d"
    here.mkdir(parents=True)
    (here / "page.md").write_text("deep", encoding="ascii")
    assert [f.path.name for f in Folder([tmp_path])] == ["page.md"]


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    for folder in range(40):
        (tmp_path / str(folder)).mkdir()
        for file in range(50):
            (tmp_path / str(folder) / str(file)).touch()
    tracemalloc.start()
    try:
        assert sum(1 for _ in Folder([tmp_path])) == 2000
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()
