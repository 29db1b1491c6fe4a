"""Disks that refuse: full, read-only. A clear error, and the collection as it was."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.collection import Collection
from likewise.encoders import Encoder
from likewise.errors import StorageError
from likewise.types import Item


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB of our own, where the system lets us have one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("no mount command")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("not allowed to mount a disk of our own")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def _items(count: int) -> list[Item]:
    return [Item(f"{n:04}", f"Item {n} tells of the number {n} and of nothing else. " * 20) for n in range(count)]


@pytest.mark.slow
def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk: Path, encoder: Encoder) -> None:
    kept: list[str] = []
    with Collection(small_disk / "c.likewise", model=encoder) as collection:
        with pytest.raises(StorageError, match=r"(?s)c\.likewise.*intact"):
            collection.add(_items(5000), progress=lambda step: kept.extend(step.kept))
        assert kept
    with Collection(small_disk / "c.likewise", model=encoder) as collection:
        assert set(kept) <= {e.id for e in collection.items()}
        assert collection.verify().ok
        assert collection.search("the number 7", k=1)
        subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
        assert collection.add(_items(5000)).added == 5000 - len(set(kept))
        assert collection.verify().ok


@pytest.mark.slow
def test_a_read_only_disk_is_searched_and_not_written(small_disk: Path, encoder: Encoder) -> None:
    with Collection(small_disk / "c.likewise", model=encoder) as collection:
        collection.add(_items(20))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with Collection(small_disk / "c.likewise", model=encoder) as collection:
        assert collection.search("the number 7", k=1)
        with pytest.raises(StorageError, match="cannot write"):
            collection.add(Item("new", "text"))
    with (
        Collection(small_disk / "d.likewise", model=encoder) as new,
        pytest.raises(StorageError, match="cannot make"),
    ):
        new.add(Item("new", "text"))
