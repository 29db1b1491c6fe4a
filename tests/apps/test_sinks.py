"""Vectors into files: right, whole or not at all, and never without their space."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from likewise.apps._sinks import SUFFIXES, Encoded, JsonLines, open_sink
from likewise.errors import InputError
from likewise.space import from_json
from likewise.types import Space, Vectors

SPACE = Space("m", "w", "t", "mean", (), 128, 3, True, "fp32", "test", probe=b"\x01\x02")


def vectors(n: int) -> Vectors:
    return np.random.default_rng(7).standard_normal((n, 3)).astype(np.float32)


def written(target: Path, rows: list[Encoded]) -> Path:
    with open_sink(target, SPACE) as sink:
        for at in range(0, len(rows), 2):
            sink.write(rows[at : at + 2])
        sink.finish()
    return target


def some(n: int) -> tuple[Vectors, list[Encoded]]:
    kept = vectors(n)
    rows = [Encoded(f"r{i}", kept[i], tokens=9, used=5, truncated=True) for i in range(n)]
    return kept, [*rows[:2], Encoded("bad", None, error="no text"), *rows[2:]]


def test_npy_holds_the_good_rows_and_the_note_the_others(tmp_path: Path) -> None:
    kept, rows = some(5)
    target = written(tmp_path / "v.npy", rows)
    assert np.array_equal(np.load(target), kept)
    note = json.loads((tmp_path / "v.npy.space.json").read_text())
    assert (note["rows"], note["left_out"]) == (5, ["bad"])
    assert note["id"] == SPACE.id
    assert from_json(json.dumps(note["space"])) == SPACE


def test_npy_without_a_row_is_an_empty_array(tmp_path: Path) -> None:
    assert np.load(written(tmp_path / "v.npy", [])).shape == (0, 3)


def test_parquet_holds_every_row_and_the_space(tmp_path: Path) -> None:
    kept, rows = some(3)
    table = pq.read_table(written(tmp_path / "v.parquet", [*rows, Encoded("\ud800", kept[0])]))
    assert table["id"].to_pylist() == ["r0", "r1", "bad", "r2", "?"]
    assert table["embedding"].to_pylist()[2] is None
    assert np.array_equal(np.array(table["embedding"].to_pylist()[3], np.float32), kept[2])
    assert table["error"].to_pylist()[:3] == [None, None, "no text"]
    assert from_json(table.schema.metadata[b"likewise.space"].decode()).probe == SPACE.probe
    assert table.schema.metadata[b"likewise.space.id"].decode() == SPACE.id


def test_json_lines_hold_vectors_to_the_last_bit(tmp_path: Path) -> None:
    kept, rows = some(3)
    lines = [json.loads(line) for line in written(tmp_path / "v.jsonl", rows).read_text().splitlines()]
    assert np.array_equal(np.array(lines[0]["embedding"], np.float32), kept[0])
    assert lines[2] == {"id": "bad", "error": "no text"}
    assert {line["space"] for line in lines if "space" in line} == {SPACE.id}
    assert json.loads((tmp_path / "v.jsonl.space.json").read_text())["space"]["model"] == "m"


def test_json_lines_are_ascii_and_valid_for_any_float() -> None:
    stream = io.StringIO()
    extremes = np.array([np.finfo(np.float32).tiny, -1e30, 0.0], np.float32)
    JsonLines(stream, SPACE).write([Encoded("né\ud800", extremes)])
    row = json.loads(stream.getvalue())
    assert stream.getvalue().isascii()
    assert np.array_equal(np.array(row["embedding"], np.float32), extremes)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_not_finished_leaves_the_old_file_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"v{suffix}"
    target.write_bytes(b"old")
    _, rows = some(2)
    with open_sink(target, SPACE) as sink:
        sink.write(rows)
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    written(target, rows)
    assert target.read_bytes() != b"old"


def test_other_suffixes_and_missing_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.npy, \.parquet, \.jsonl"):
        open_sink(tmp_path / "v.csv", SPACE)
    with pytest.raises(InputError, match="No such file"):
        open_sink(tmp_path / "nowhere" / "v.npy", SPACE)
