"""The files of a vector index: whole or refused, whatever was done to them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.errors import CollectionError
from likewise.stores._vectors import Sizes, VectorIndex
from likewise.types import Vectors

DIM = 16


def rows(count: int, seed: int = 0) -> Vectors:
    made = np.random.default_rng(seed).normal(size=(count, DIM))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def build(path: Path, made: Vectors, generation: str = "first") -> VectorIndex:
    batches = [(np.arange(len(made), dtype=np.int64), made)]
    return VectorIndex.build(path, DIM, batches, sizes=Sizes(codes=1), generation=generation)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole")
    build(path, rows(400))
    return path


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def file(path: Path, role: str) -> Path:
    return path / "manifest.json" if role == "manifest" else next(path.glob(f"{role}-*"))


ROLES = ("manifest", "ids", "vectors", "codes")


def test_a_whole_index_opens(copy: Path) -> None:
    assert {role for role in ROLES if file(copy, role).is_file()} == set(ROLES)
    assert len(list(copy.iterdir())) == len(ROLES)
    assert VectorIndex.open(copy).generation == "first"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("check", [True, False])
def test_a_missing_or_short_file_is_refused(copy: Path, role: str, check: bool) -> None:
    damaged = file(copy, role)
    content = damaged.read_bytes()
    for left in (len(content) - 1, len(content) // 2, 0):
        damaged.write_bytes(content[:left])
        with pytest.raises(CollectionError, match="build it again"):
            VectorIndex.open(copy, check=check)
    damaged.write_bytes(content + b"x")
    with pytest.raises(CollectionError, match="build it again"):
        VectorIndex.open(copy, check=check)
    damaged.unlink()
    with pytest.raises(CollectionError, match="build it again"):
        VectorIndex.open(copy, check=check)


@pytest.mark.parametrize("role", ROLES)
def test_a_flipped_bit_anywhere_is_refused(copy: Path, role: str) -> None:
    damaged = file(copy, role)
    content = damaged.read_bytes()
    rng = np.random.default_rng(0)
    for at in (0, len(content) - 1, *rng.integers(len(content), size=60).tolist()):
        flipped = bytearray(content)
        flipped[at] ^= 1 << int(rng.integers(8))
        damaged.write_bytes(flipped)
        with pytest.raises(CollectionError, match="build it again"):
            VectorIndex.open(copy)
    damaged.write_bytes(content)
    VectorIndex.open(copy)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"format": "other/9", "crc32": 1}', b'{"format": 3}']
)
def test_a_foreign_manifest_is_refused(copy: Path, content: bytes) -> None:
    file(copy, "manifest").write_bytes(content)
    with pytest.raises(CollectionError, match="build it again"):
        VectorIndex.open(copy)


def test_a_manifest_that_names_a_file_elsewhere_is_refused(copy: Path) -> None:
    text = file(copy, "manifest").read_text(encoding="utf-8")
    body = json.loads(text)
    file(copy, "manifest").write_text(text.replace(body["files"]["ids"]["name"], "../ids"), encoding="utf-8")
    with pytest.raises(CollectionError):
        VectorIndex.open(copy)


@pytest.mark.parametrize("made", ["nothing", "a file", "other files"])
def test_what_is_no_index_is_refused(tmp_path: Path, made: str) -> None:
    path = tmp_path / "here"
    if made == "a file":
        path.write_text("hello", encoding="utf-8")
    elif made == "other files":
        path.mkdir()
        (path / "photo.jpg").write_bytes(b"x")
    with pytest.raises(CollectionError):
        VectorIndex.open(path)


def test_a_build_broken_off_leaves_the_index_before_it(tmp_path: Path) -> None:
    build(tmp_path, rows(400))
    before = sorted(tmp_path.iterdir())

    def broken() -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        yield np.arange(300, dtype=np.int64), rows(300, seed=1)
        raise RuntimeError("the disk fell out")

    with pytest.raises(RuntimeError, match="fell out"):
        VectorIndex.build(tmp_path, DIM, broken())
    assert sorted(tmp_path.iterdir()) == before
    assert len(VectorIndex.open(tmp_path)) == 400


def test_a_new_build_replaces_the_files_and_readers_keep_theirs(tmp_path: Path) -> None:
    made, query = rows(400), rows(1, seed=2)[0]
    reader = build(tmp_path, made)
    answer = reader.search(query, 5, recall=1.0).ids.tolist()
    build(tmp_path, rows(500, seed=3), generation="second")
    assert len(list(tmp_path.iterdir())) == len(ROLES)
    assert (len(VectorIndex.open(tmp_path)), VectorIndex.open(tmp_path).generation) == (500, "second")
    assert reader.search(query, 5, recall=1.0).ids.tolist() == answer
    assert reader.generation == "first"


def test_files_of_others_in_the_directory_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    build(tmp_path, rows(100))
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_the_same_rows_give_the_same_codes(tmp_path: Path) -> None:
    build(tmp_path / "a", rows(400))
    build(tmp_path / "b", rows(400))
    assert file(tmp_path / "a", "codes").read_bytes() == file(tmp_path / "b", "codes").read_bytes()
