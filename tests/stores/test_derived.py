"""What the SQLite store derives from its truth: the index, the cache of encodings, and how they are mended."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from likewise.errors import InputError
from likewise.stores._vectors import Sizes
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Passage, Report
from tests.stores.filled import DIM, SPACE, digest, embedded, filled, found


def test_index_is_used_and_what_came_since_is_found_beside_it(store: SQLite) -> None:
    filled(store, 0, 60)
    assert not store.index_stale()
    store.build_index(sizes=Sizes(codes=40))
    assert (store.path.parent / "index").is_dir()
    assert len(found(store)) == 60
    filled(store, 60, 70)
    store.delete(["p1", "p65"])
    filled(store, 2, 3)  # replaced
    wanted = {f"p{n}" for n in range(70)} - {"p1", "p65"}
    assert found(store) == wanted
    store.close()
    again = SQLite(store.path)
    assert found(again) == wanted
    assert found(again, where="n < 3 or n >= 64") == wanted & {"p0", "p2", *(f"p{n}" for n in range(64, 70))}
    assert again.check() == []
    again.build_index()
    assert found(again) == wanted
    again.close()


def test_index_goes_stale_and_fresh_again(store: SQLite) -> None:
    filled(store, 0, 1_001)
    assert store.index_stale()
    store.build_index()
    assert not store.index_stale()
    store.delete([f"p{n}" for n in range(1_001)])
    assert store.index_stale()


def test_an_index_of_another_history_is_not_used(store: SQLite, tmp_path: Path) -> None:
    filled(store, 0, 30)
    backup = store.path.with_name("backup.sqlite")
    copy = sqlite3.connect(backup)
    store.connection.backup(copy)
    copy.close()
    filled(store, 30, 60)
    store.build_index()
    store.close()
    backup.replace(store.path)  # an older state, brought back under a newer index
    restored = SQLite(store.path)
    assert found(restored) == {f"p{n}" for n in range(30)}
    filled(restored, 100, 130)  # now the same length, another content
    assert found(restored) == {f"p{n}" for n in (*range(30), *range(100, 130))}
    assert [p.part for p in restored.check()] == ["index"]
    assert restored.repair() == []
    assert len(found(restored)) == 60
    restored.close()


def test_a_damaged_index_is_passed_over_and_repaired(store: SQLite) -> None:
    filled(store, 0, 40)
    store.build_index()
    store.close()
    for file in (store.path.parent / "index").iterdir():
        file.write_bytes(b"rubbish")
    again = SQLite(store.path)
    assert len(found(again)) == 40
    assert [p.part for p in again.check()] == ["index"]
    assert again.repair() == []
    again.close()


def test_a_first_build_that_was_cut_short_is_no_index(store: SQLite) -> None:
    filled(store, 0, 40)
    store.build_index()
    index = store.path.parent / "index"
    (index / "manifest.json").unlink()  # it comes last
    left = list(index.iterdir())
    store.close()
    again = SQLite(store.path)
    assert left
    assert len(found(again)) == 40
    assert again.check() == []
    again.build_index()
    assert (index / "manifest.json").exists()
    assert not [file for file in left if file.exists()]
    again.close()


def test_a_reader_survives_swept_tombstones(store: SQLite) -> None:
    filled(store, 0, 20)
    reader = SQLite(store.path, readonly=True)
    assert len(found(reader)) == 20
    store.delete(["p1", "p2"])
    store.build_index()
    assert store.connection.execute("SELECT count(*) FROM tombstones").fetchone() == (0,)
    store.delete(["p3"])
    assert found(reader) == {f"p{n}" for n in range(20)} - {"p1", "p2", "p3"}
    reader.close()


# the cache of encodings


def test_encodings_are_remembered_by_space_role_and_content(store: SQLite) -> None:
    kept = embedded(["a", "b"])
    hashes = [digest("a"), digest("b")]
    store.remember("document", hashes, kept)
    store.close()
    again = SQLite(store.path)
    cached = again.cached("document", [*hashes, digest("c")], SPACE)
    assert list(cached) == hashes
    np.testing.assert_array_equal(np.array([cached[h] for h in hashes]), kept.vectors)
    assert again.cached("query", hashes, SPACE) == {}
    assert again.cached("document", hashes, replace(SPACE, weights="v")) == {}
    again.remember("document", hashes, embedded(["a", "b"], seed=5))
    np.testing.assert_array_equal(again.cached("document", hashes, SPACE)[hashes[0]], kept.vectors[0])
    with pytest.raises(InputError, match="SHA-256"):
        again.cached("document", ["no hash"], SPACE)
    again.close()


def test_passages_that_are_no_text_share_the_vector_of_their_content(store: SQLite) -> None:
    content, kept = digest("bytes of a photo"), embedded(["a"])
    store.remember("document", [content], kept)
    twice = replace(kept, ids=("a", "b"), vectors=np.repeat(kept.vectors, 2, 0), reports=kept.reports * 2)
    pictures = [Passage("a", "i", "one name"), Passage("b", "j", "another name")]
    store.add(pictures, twice, [content, content])
    assert store.connection.execute("SELECT count(*) FROM vectors").fetchone() == (1,)
    assert store.forget_unused() == 0
    with pytest.raises(InputError, match="2 passages and 1 content hashes"):
        store.add(pictures, twice, [content])


def test_failed_encodings_are_not_remembered(store: SQLite) -> None:
    vectors = np.array([np.ones(DIM), np.full(DIM, np.nan)], dtype=np.float32)
    reports = (Report("a", 1, 1), Report("b", 0, 0, error="too odd"))
    store.remember("document", [digest("a"), digest("b")], Embeddings(("a", "b"), vectors, SPACE, reports))
    assert list(store.cached("document", [digest("a"), digest("b")], SPACE)) == [digest("a")]


def test_equal_passages_share_a_vector_and_unused_ones_go(store: SQLite) -> None:
    one = embedded(["x"])
    same = replace(one, ids=("a", "b"), vectors=np.repeat(one.vectors, 2, 0), reports=one.reports * 2)
    store.remember("document", [digest("same"), digest("unused")], same)
    store.add([Passage("a", "i", "same"), Passage("b", "j", "same")], same)
    assert store.connection.execute("SELECT count(*) FROM vectors").fetchone() == (2,)
    assert store.forget_unused() == 1
    store.delete(["a"])
    assert store.forget_unused() == 0
    store.delete(["b"])
    assert store.forget_unused() == 1


# repairs


@pytest.mark.parametrize(
    ("damage", "part", "mended"),
    [
        ("INSERT INTO words (words) VALUES ('delete-all')", "words", True),
        ("INSERT INTO words (rowid, text, title) VALUES (99, 'x', 'y')", "words", True),
        ("DELETE FROM facts WHERE passage = 3", "facts", True),
        ("UPDATE terms SET value = '77' WHERE id = 2", "facts", True),
        ("DELETE FROM terms WHERE id = 2", "facts", True),
        ("UPDATE vectors SET vector = zeroblob(7) WHERE id = 2", "vectors", False),
        ("UPDATE vectors SET vector = CAST(x'0000C07F' || substr(vector, 5) AS BLOB) WHERE id = 2", "vectors", False),
        ("DELETE FROM vectors WHERE id = 2", "passages", False),
    ],
)
def test_check_finds_and_repair_mends_what_is_derived(store: SQLite, damage: str, part: str, mended: bool) -> None:
    filled(store, 0, 10)
    store.connection.execute("PRAGMA foreign_keys = OFF")
    store.connection.execute(damage)
    assert {p.part for p in store.check()} == {part}
    remaining = store.repair()
    assert remaining == [] if mended else [p.part for p in remaining] == [part]
    if mended:
        assert found(store, where="n >= 3") == {f"p{n}" for n in range(3, 10)}
