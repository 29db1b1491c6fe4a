"""What only the SQLite store promises: durability, other processes, its files."""

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
from pathlib import Path

import pytest

from likewise.errors import CollectionError, LockedError, StorageError
from likewise.stores import _schema
from likewise.stores.sqlite import SQLite
from likewise.where import parse
from tests.stores.filled import embedded, filled, found


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
    from filled import filled
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
