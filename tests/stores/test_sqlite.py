"""What only the SQLite store promises: durability, other processes, its files, its cache of encodings, its repairs."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from likewise.errors import CollectionError, InputError, LockedError, StorageError
from likewise.stores import _schema
from likewise.stores._vectors import Sizes
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Passage, Report, Space
from likewise.where import parse

DIM = 8
SPACE = Space("tiny", "w", "t", "mean", (), 128, DIM, True, "fp32", "numpy")


def embedded(ids: list[str], seed: int = 0) -> Embeddings:
    vectors = np.random.default_rng(seed).standard_normal((len(ids), DIM)).astype(np.float32)
    return Embeddings(tuple(ids), vectors, SPACE, tuple(Report(i, 1, 1) for i in ids))


def filled(store: SQLite, start: int, end: int) -> None:
    batch = [Passage(f"p{n}", "item", f"word{n} of many", metadata={"n": n}) for n in range(start, end)]
    store.add(batch, embedded([p.id for p in batch], seed=start))


def found(store: SQLite, k: int = 999, where: str = "") -> set[str]:
    """Ids found by vector, after seeing that every way agrees."""
    filter_ = parse(where) if where else None
    ids = {hit.id for hit in store.search(embedded(["q"], 7), k, filter_)}
    assert ids == {hit.id for hit in store.search_text("many", k, filter_)}
    assert len(ids) == min(k, store.count(filter_))
    return ids


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLite]:
    made = SQLite(tmp_path / "collection.sqlite")
    yield made
    made.close()


def test_filters_know_a_new_value_from_one_that_went(store: SQLite) -> None:
    filled(store, 0, 2)
    assert store.count(parse("n = 1")) == 1  # columns are in memory now
    store.delete(["p1"])
    assert store.count(parse("n = 1")) == 0
    store.build_index()  # sweeps values that no passage has
    filled(store, 2, 3)
    assert (store.count(parse("n = 1")), store.count(parse("n = 2"))) == (0, 1)


# durability and the file


def test_everything_is_there_when_opened_again(store: SQLite) -> None:
    filled(store, 0, 20)
    store.delete(["p3"])
    before = store.search(embedded(["q"]), 5), store.search_text("word7", 5), store.get(["p1"])
    store.close()
    again = SQLite(store.path)
    assert (again.search(embedded(["q"]), 5), again.search_text("word7", 5), again.get(["p1"])) == before
    assert again.check() == []
    again.close()


def test_settings_of_the_file(store: SQLite) -> None:
    for pragma, value in [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("page_size", 8192)]:
        assert store.connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def test_a_newer_version_is_refused(store: SQLite) -> None:
    store.connection.execute("PRAGMA user_version = 99")
    store.close()
    for readonly in (False, True):
        with pytest.raises(CollectionError, match=r"newer likewise \(schema 99.*pip install --upgrade"):
            SQLite(store.path, readonly)


@pytest.mark.parametrize("readonly", [False, True])
def test_a_file_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path, readonly: bool) -> None:
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (x)")
    other.close()
    (tmp_path / "text").write_text("no database " * 100)
    before = [(tmp_path / name).read_bytes() for name in ("other.db", "text")]
    with pytest.raises(CollectionError, match="yet no collection"):
        SQLite(tmp_path / "other.db", readonly)
    with pytest.raises(CollectionError, match="damaged or no collection"):
        SQLite(tmp_path / "text", readonly)
    assert [(tmp_path / name).read_bytes() for name in ("other.db", "text")] == before


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="no collection at"):
        SQLite(tmp_path / "none.db", readonly=True)
    with pytest.raises(StorageError, match="folder exists"):
        SQLite(tmp_path / "no" / "folder.db")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_said_to_be(store: SQLite) -> None:
    filled(store, 0, 500)
    store.close()
    data = bytearray(store.path.read_bytes())
    for page in range(2, len(data) // 8192):
        data[page * 8192 : page * 8192 + 200] = b"\xff" * 200
    store.path.write_bytes(data)
    broken = SQLite(store.path)
    with pytest.raises(CollectionError, match="damaged"):
        broken.search(embedded(["q"]))
    problems = broken.check()
    assert problems
    assert not problems[0].derived
    broken.close()


def test_a_full_disk_is_told_and_what_was_kept_stays(store: SQLite) -> None:
    filled(store, 0, 50)
    pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
    store.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match=r"collection.sqlite.*SQLITE_FULL, errno 28.*intact.*make room"):
        filled(store, 50, 5_000)
    assert len(found(store)) == 50
    store.connection.execute("PRAGMA max_page_count = 1000000")
    filled(store, 50, 60)
    assert len(found(store)) == 60
    assert store.check() == []


def test_readonly_store_refuses_to_write(store: SQLite) -> None:
    filled(store, 0, 3)
    reader = SQLite(store.path, readonly=True)
    with pytest.raises(CollectionError, match="readonly=True"):
        reader.delete(["p0"])
    assert len(found(reader)) == 3
    assert reader.check() == []
    reader.close()


def test_a_closed_store_says_so(store: SQLite) -> None:
    store.close()
    store.close()
    with pytest.raises(CollectionError, match="was closed"):
        store.count()


@pytest.fixture
def unprivileged(sealed: Path) -> Iterator[Path]:
    """Root may write anywhere, so it steps down for a while."""
    if os.getuid() == 0:
        os.seteuid(65534)
    yield sealed
    if os.getuid() == 0:
        os.seteuid(0)


@pytest.fixture
def sealed() -> Iterator[Path]:
    """A folder that may be read and not written, with a store of 29 passages closed in it."""
    folder = Path(tempfile.mkdtemp())
    store = SQLite(folder / "collection.sqlite")
    filled(store, 0, 30)
    store.build_index()
    store.delete(["p0"])
    store.close()
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written_can_be_searched(unprivileged: Path) -> None:
    reader = SQLite(unprivileged / "collection.sqlite", readonly=True)
    assert found(reader) == {f"p{n}" for n in range(1, 30)}
    assert found(reader, where="n < 5") == {f"p{n}" for n in range(1, 5)}
    assert reader.check() == []
    reader.close()
    with pytest.raises(StorageError, match=r"readonly=True|may be read and written"):
        SQLite(unprivileged / "collection.sqlite")


# other threads and processes


def test_a_second_writer_waits_then_is_told(store: SQLite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_schema, "_BUSY_SECONDS", 0.05)
    second = SQLite(store.path)
    with store.transaction():
        filled(store, 0, 2)
        with pytest.raises(LockedError, match="another process is writing"):
            filled(second, 2, 4)
        assert second.count() == 0
    filled(second, 2, 4)
    assert len(found(store)) == len(found(second)) == 4
    second.close()


def _read(store: SQLite, done: threading.Event, failures: list[BaseException]) -> None:
    try:
        while not done.is_set():
            for where in (None, parse("n >= 0")):
                assert len(store.search(embedded(["q"]), 999, where)) % 10 == 0
                assert len(store.search_text("many", 999, where)) % 10 == 0
    except BaseException as error:
        failures.append(error)


def test_readers_in_threads_see_whole_commits(store: SQLite) -> None:
    filled(store, 0, 10)
    failures: list[BaseException] = []
    done = threading.Event()
    threads = [threading.Thread(target=_read, args=(store, done, failures)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for start in range(10, 200, 10):
        filled(store, start, start + 10)
        store.delete([f"p{n}" for n in range(start - 10, start)])
        if start == 100:
            store.build_index()
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert found(store) == {f"p{n}" for n in range(190, 200)}


WRITE = """
    import sys
    sys.path.insert(0, sys.argv[2])
    from likewise.stores.sqlite import SQLite
    from test_sqlite import filled
    store = SQLite(sys.argv[1])
    for line in sys.stdin:
        start, end = map(int, line.split())
        filled(store, start, end)
        store.delete([f"p{start}"])
        print("kept", end, flush=True)
"""


@pytest.fixture
def writer(store: SQLite) -> Iterator[subprocess.Popen[str]]:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", textwrap.dedent(WRITE), str(store.path), here]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def _tell(writer: subprocess.Popen[str], start: int, end: int) -> None:
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write(f"{start} {end}\n")
    writer.stdin.flush()
    assert writer.stdout.readline() == f"kept {end}\n"


def test_a_reader_sees_what_another_process_wrote(store: SQLite, writer: subprocess.Popen[str]) -> None:
    reader = SQLite(store.path, readonly=True)
    assert found(reader) == set()
    _tell(writer, 0, 10)
    assert found(reader) == {f"p{n}" for n in range(1, 10)}
    assert found(reader, where="n < 5") == {f"p{n}" for n in range(1, 5)}
    store.build_index()
    _tell(writer, 10, 20)
    for one in (store, reader):
        assert found(one) == {f"p{n}" for n in range(20)} - {"p0", "p10"}
        assert found(one, where="n < 13") == {f"p{n}" for n in range(13)} - {"p0", "p10"}
    reader.close()


def test_a_killed_writer_loses_nothing_acknowledged(store: SQLite, writer: subprocess.Popen[str]) -> None:
    _tell(writer, 0, 10)
    assert writer.stdin is not None
    writer.stdin.write("10 3000\n")
    writer.stdin.flush()
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert len(found(store, 9_999)) in (9, 2_999, 3_000)
    assert store.check() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process")  # forking beside threads is just what is tried
def test_a_fork_is_noticed(store: SQLite) -> None:
    filled(store, 0, 3)
    child = os.fork()
    if child == 0:
        try:
            store.count()
        except CollectionError as error:
            os._exit(0 if "open it anew" in str(error) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(found(store)) == 3


# the index


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
