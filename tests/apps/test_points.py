"""Points out of whatever a use is given, and tables as they are found in the wild."""

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.apps._points import points
from likewise.apps._table import column, rows
from likewise.apps._written import with_columns
from likewise.collection import Collection
from likewise.errors import InputError
from likewise.types import Item
from tests.hashed import Hashed


def test_all_sources_of_the_same_texts_give_the_same_points(tmp_path: Path) -> None:
    texts, encoder = ["tea", "rain", "a third"], Hashed()
    wanted = encoder.encode(texts).vectors
    (tmp_path / "t.txt").write_text("\n".join(texts))
    (tmp_path / "t.csv").write_text("id,text,year\n" + "".join(f"{n},{t},20{n}\n" for n, t in enumerate(texts)))
    (tmp_path / "t.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in texts))
    with Collection(tmp_path / "c", encoder) as c:
        c.add([Item(str(n), t) for n, t in enumerate(texts)])
        made = [points(c), points(tmp_path / "c", model=encoder)]
    made += [points(tmp_path / name, model=encoder) for name in ("t.txt", "t.csv", "t.jsonl")]
    made += [points(texts, model=encoder), points([Item(str(n), t) for n, t in enumerate(texts)], model=encoder)]
    for one in made:
        np.testing.assert_array_equal(one.vectors, wanted)
        assert [p.text for p in one.passages] == texts
        assert one.space.id == encoder.space.id
    assert made[3].passages[1].metadata == {"year": "201"}


def test_a_folder_is_read_as_a_collection_would(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("about tea")
    (tmp_path / "in" / "b.pdf").write_bytes(b"%PDF-1.4 broken")
    found = points(tmp_path / "in", model=Hashed(), per_item=True)
    assert [Path(p.id).name for p in found.passages] == ["a.txt"]
    assert [Path(r.id).name for r in found.refused] == ["b.pdf"]


def test_vectors_alone_have_a_space_of_their_own(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((4, 3))
    np.save(tmp_path / "v.npy", vectors)
    kept, same = points(tmp_path / "v.npy"), points(vectors)
    np.testing.assert_array_equal(kept.vectors, vectors.astype(np.float32))
    assert kept.space.weights == same.space.weights != points(vectors + 1).space.weights
    vectors[2, 1] = np.nan
    left = points(vectors)
    assert left.embeddings.ids == ("0", "1", "3")
    assert [(r.id, "NaN" in r.error) for r in left.refused] == [("2", True)]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (np.zeros(3), "wanted floats"),
        (np.zeros((2, 2), int), "wanted floats"),
        (np.zeros((2, 0), np.float32), "wanted floats"),
        (np.full((2, 2), np.nan), "no vectors to work on: '0': the vector holds NaN"),
        ([], "no vectors to work on"),
        ([1], "number 0 is a int"),
        ([Item("a", "x"), Item("a", "y")], "'a' comes twice"),
        ("nothing.xyz", "nothing.xyz is no collection"),
        ("nothing.csv", "nothing.csv: No such file"),
    ],
)
def test_what_is_no_source_is_told(source: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        points(source, model=Hashed())  # type: ignore[arg-type]


def test_tables_are_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("﻿q\tlabel\nx, y\t1\n", encoding="utf-8")
    (tmp_path / "a.jsonl").write_text('{"q": "x, y", "label": 1, "more": [1, 2], "none": null}\n\n')
    pq.write_table(pa.table({"q": ["x, y"], "label": [1]}), tmp_path / "a.parquet")
    assert rows(tmp_path / "a.tsv") == rows(tmp_path / "a.parquet") == [{"q": "x, y", "label": "1"}]
    assert rows(tmp_path / "a.jsonl") == [{"q": "x, y", "label": "1", "more": "[1, 2]", "none": ""}]
    assert column(rows(tmp_path / "a.tsv"), None, ("text", "q"), "a.tsv") == "q"
    with pytest.raises(InputError, match=r"a.tsv has no column 'text' \(columns: 'q', 'label'\)"):
        column(rows(tmp_path / "a.tsv"), "text", (), "a.tsv")


@pytest.mark.parametrize(
    ("name", "content"), [("t.CSV.gz", b"text\r\ntea\r\nrain\r\n"), ("t.txt.gz", b"tea\n\nrain\n")]
)
def test_gzipped_tables_are_sources_too(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(gzip.compress(content))
    found = points(tmp_path / name, model=Hashed())
    assert [p.text for p in found.passages] == ["tea", "rain"]
    assert with_columns(str(tmp_path / name), found, [{"n": 1}, {"n": 2}]) == [
        {"text": "tea", "n": 1},
        {"text": "rain", "n": 2},
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"a,b\n1,2\n3\n", "a.csv, line 3: 1 cells, wanted 2"),
        ("a.jsonl", b'{"a": 1}\n{oops\n', "a.jsonl, line 2: not JSON"),
        ("a.jsonl", b"[1]\n", "a.jsonl, line 1: a list"),
        ("a.csv", b"a\n\xff\n", "a.csv is not UTF-8"),
        ("a.parquet", b"PAR1", "a.parquet is no Parquet file"),
        ("a.xls", b"", "a.xls is no table"),
        ("a.csv.gz", b"a\n1\n", "a.csv.gz: Not a gzipped file"),
        ("a.csv.gz", gzip.compress(b"a\n1\n")[:-9], "a.csv.gz: .*give a table that can be read"),
        ("a.csv.gz", gzip.compress(b"a\n1\n")[:10] + b"\xff" * 20, "a.csv.gz: .*give a table that can be read"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        rows(tmp_path / name)
