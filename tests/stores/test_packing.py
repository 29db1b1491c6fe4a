"""Stores that keep codes: chosen once, calibrated once, smaller on disk, honest about what was lost."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.errors import CollectionError, InputError, SpaceError
from likewise.quantize import codec_of, quantized
from likewise.stores import _packing, _schema
from likewise.stores._vectors import Sizes
from likewise.stores.memory import Memory
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Passage, Report, Space, Storage, Vectors

DIM = 64
SPACE = Space("tiny", "w", "t", "mean", (), 128, DIM, True, "fp32", "numpy", b"")
KINDS: list[Storage] = ["float16", "int8", "binary"]
WIDTHS = {"float32": 4 * DIM, "float16": 2 * DIM, "int8": DIM, "binary": DIM // 8}


def vectors(count: int, seed: int = 0) -> Vectors:
    """Unit vectors in thirty clusters, as texts have topics."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((30, DIM))
    made = centres[rng.integers(30, size=count)] + 0.7 * rng.standard_normal((count, DIM))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def embedded(rows: Vectors, first: int = 0, space: Space = SPACE) -> Embeddings:
    ids = tuple(f"p{first + n}" for n in range(len(rows)))
    return Embeddings(ids, rows, space, tuple(Report(i, 1, 1) for i in ids))


def fill(store: Any, count: int, first: int = 0, seed: int = 0) -> Vectors:
    rows = vectors(count, seed)
    store.add([Passage(f"p{first + n}", "i", f"word {first + n}") for n in range(count)], embedded(rows, first))
    return rows


def lengths(store: SQLite) -> set[int]:
    with store.reading() as connection:
        return {row[0] for row in connection.execute("SELECT DISTINCT length(vector) FROM vectors")}


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SQLite]:
    made = SQLite(tmp_path / "s.db", vectors=request.param)
    yield made
    made.close()


def test_codes_begin_with_the_thousandth_vector(store: SQLite) -> None:
    kind = store.packing.kind
    first = fill(store, 999)
    assert (store.packing.space, lengths(store), store.space) == (None, {4 * DIM}, SPACE)
    assert str(store.packing) == f"{kind} from 1,000 vectors on, float32 until then"
    np.testing.assert_array_equal(store.vectors(["p7"]).vectors[0], first[7])
    fill(store, 1, 999, seed=1)
    space = store.space
    assert space is not None
    assert (space.vectors, space, lengths(store)) == (kind, store.packing.space, {WIDTHS[kind]})
    codec = codec_of(space)
    np.testing.assert_array_equal(store.vectors(["p7"]).vectors, codec.decode(codec.encode(first[7:8])))
    calibration = space.calibration
    fill(store, 500, 1000, seed=2)
    assert store.packing.space == space
    assert store.packing.space.calibration == calibration
    assert store.check() == []
    store.close()
    with closing(SQLite(store.path)) as again:
        assert (again.space, again.packing.kind, again.check()) == (space, kind, [])


def test_search_is_exact_over_the_codes_and_tells_what_they_lost(store: SQLite) -> None:
    rows = fill(store, 1500)
    read, memory = store.vectors([f"p{n}" for n in range(1500)]), Memory()
    memory.add(store.get(read.ids), read)
    shared = 0
    for query in vectors(40, seed=5):
        asked = embedded(query[None])
        found = store.search(asked, 10)
        assert found.hits == memory.search(asked, 10).hits
        assert (found.how.way, found.how.recall) == ("quantised", store.packing.recall)
        assert store.search_both(asked, "word", 10).how.recall == store.packing.recall
        shared += len({h.id for h in found} & {f"p{n}" for n in np.argsort(-(rows @ query))[:10]})
    least = {"float16": 0.99, "int8": 0.95, "binary": 0.4}[store.packing.kind]
    assert least < store.packing.recall <= 1.0
    assert abs(shared / 400 - store.packing.recall) < 0.1
    memory.close()


def test_the_index_is_built_from_the_codes(store: SQLite) -> None:
    fill(store, 1200)
    asked = [embedded(query[None]) for query in vectors(20, seed=5)]
    before = [store.search(a, 10).hits for a in asked]
    store.build_index()
    assert [store.search(a, 10).hits for a in asked] == before
    store.build_index(sizes=Sizes(codes=500))
    found = [store.search(a, 10) for a in asked]
    assert sum(hit in b for a, b in zip(found, before, strict=True) for hit in a) > 180
    assert max(a.how.recall or 0 for a in found) <= store.packing.recall
    assert store.check() == []


def test_who_looked_before_sees_the_codes_after(store: SQLite) -> None:
    fill(store, 990)
    store.build_index()
    with closing(SQLite(store.path, readonly=True)) as reader:
        asked = embedded(vectors(1, seed=5))
        assert reader.search(asked, 5).how.way == "exact"
        fill(store, 20, 990, seed=1)
        assert reader.search(asked, 5) == store.search(asked, 5)
        assert reader.search(asked, 5).how.way == "quantised"
    assert store.index_stale()
    assert store.check() == []  # the index of the floats is passed over, which is no fault


def test_half_a_coding_is_none(store: SQLite, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, 990)
    before = store.vectors(["p5"]).vectors, store.packing, len(store)

    def fails(*_: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr(_packing, "to_json", fails)  # the last step, when every vector is written
    with pytest.raises(KeyboardInterrupt):
        fill(store, 20, 990, seed=1)
    monkeypatch.undo()
    np.testing.assert_array_equal(store.vectors(["p5"]).vectors, before[0])
    assert (store.packing, len(store), store.check()) == (before[1], before[2], [])


def test_the_cache_of_encodings_holds_on(store: SQLite) -> None:
    rows = vectors(1100)
    hashes = [hashlib.sha256(f"text {n}".encode()).hexdigest() for n in range(1100)]
    for start in range(0, 1100, 256):
        store.remember("document", hashes[start : start + 256], embedded(rows[start : start + 256]))
    known = store.cached("document", hashes, SPACE)
    assert list(known) == hashes
    codec = store.packing.codec
    assert codec is not None
    np.testing.assert_array_equal(np.stack(list(known.values())), codec.decode(codec.encode(rows)))
    # what was read from the cache is what is kept, so that a passage with it needs no vector of its own
    kept = Embeddings(("p0",), known[hashes[0]][None], SPACE, (Report("p0", 1, 1),))
    store.add([Passage("p0", "i", "text 0")], kept)
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (1100,)
    assert store.forget_unused() == 1099


def test_numbers_outside_of_the_range_are_counted(tmp_path: Path) -> None:
    with closing(SQLite(tmp_path / "s.db", vectors="int8")) as store:
        fill(store, 1000)
        assert store.packing.saturated == 0
        far = np.zeros((10, DIM), np.float32)
        far[:, 0] = 1.0
        store.add([Passage(f"far{n}", "i", f"far {n}") for n in range(10)], embedded(far))
        assert (store.packing.saturated, store.packing.numbers) == (10, 10 * DIM)
        assert str(store.packing).endswith("1.56% of the numbers were outside of its range")
        assert store.search(embedded(far[:1]), 1)[0].item == "i"


def test_what_was_chosen_stays(tmp_path: Path) -> None:
    with closing(SQLite(tmp_path / "s.db", vectors="int8")) as store:
        fill(store, 3)
    with pytest.raises(InputError, match="kept as int8, which cannot become binary"):
        SQLite(tmp_path / "s.db", vectors="binary")
    with pytest.raises(InputError, match="'int3' is not known"):
        SQLite(tmp_path / "t.db", vectors="int3")  # type: ignore[arg-type]
    with closing(SQLite(tmp_path / "u.db")) as plain:
        fill(plain, 3)
        assert str(plain.packing) == "float32"
    with pytest.raises(InputError, match="kept as float32"):
        SQLite(tmp_path / "u.db", vectors="int8")


def test_an_older_likewise_refuses_codes_and_opens_floats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, kind in (("plain.db", None), ("coded.db", "int8")):
        SQLite(tmp_path / name, vectors=kind).close()  # type: ignore[arg-type]
    monkeypatch.setattr(_schema, "VERSION", 1)
    SQLite(tmp_path / "plain.db").close()
    with pytest.raises(CollectionError, match="newer likewise"):
        SQLite(tmp_path / "coded.db")


def test_codes_from_elsewhere_are_refused(tmp_path: Path) -> None:
    coded = quantized(embedded(vectors(50)), "int8").embeddings()
    one = [Passage("x", "i", "t")]
    mine = replace(coded, ids=coded.ids[:1], vectors=coded.vectors[:1], reports=coded.reports[:1])
    with closing(SQLite(tmp_path / "s.db", vectors="int8")) as store:
        with pytest.raises(SpaceError, match="add float32"):
            store.add(one, mine)
        fill(store, 1000)
        with pytest.raises(SpaceError, match="codes already"):
            store.add(one, mine)
        with pytest.raises(SpaceError, match="calibrated otherwise"):
            store.search(mine)
        store.add(one, replace(store.vectors(["p3"]), ids=("x",)))  # its own are welcome
        np.testing.assert_array_equal(store.vectors(["x"]).vectors, store.vectors(["p3"]).vectors)
    with closing(SQLite(tmp_path / "plain.db")) as plain:
        fill(plain, 3)
        with pytest.raises(SpaceError, match="kept together"):
            plain.add(one, mine)


def test_vectors_of_another_model_in_the_cache_do_not_spoil_the_calibration(tmp_path: Path) -> None:
    other = replace(SPACE, model="other", weights="v", dim=8)
    rows = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    hashes = [hashlib.sha256(f"{n}".encode()).hexdigest() for n in range(50)]
    with closing(SQLite(tmp_path / "s.db", vectors="int8")) as store:
        store.remember("document", hashes, embedded(rows, space=other))
        fill(store, 980)
        assert store.packing.space is None
        fill(store, 30, 980, seed=1)
        assert lengths(store) == {DIM}
        assert store.check() == []


def test_a_code_of_another_length_is_found(tmp_path: Path) -> None:
    with closing(SQLite(tmp_path / "s.db", vectors="binary")) as store:
        fill(store, 1000)
    with closing(sqlite3.connect(tmp_path / "s.db")) as raw:
        raw.execute("UPDATE vectors SET vector = x'0102' WHERE id = 5")
        raw.commit()
    with closing(SQLite(tmp_path / "s.db")) as store:
        assert "1 of another length than their space has" in str(store.check()[0])


def test_bytes_fall(tmp_path: Path) -> None:
    sizes = {}
    for kind in ("float32", *KINDS):
        with closing(SQLite(tmp_path / f"{kind}.db", vectors=kind)) as store:
            for first in range(0, 4000, 200):
                fill(store, 200, first, seed=first)
            assert lengths(store) == {WIDTHS[kind]}
            with store.reading() as connection:
                found = connection.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'vectors'").fetchone()
            sizes[kind] = found[0]
    # a row holds its key and the digest of its text beside the code, and the first thousand leave gaps
    assert sizes["binary"] < sizes["int8"] < sizes["float16"] < 0.7 * sizes["float32"]
