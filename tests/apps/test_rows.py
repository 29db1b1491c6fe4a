"""Texts out of lines, JSON lines and tables: every odd row costs itself only."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.apps import _rows
from likewise.apps._rows import Layout, Row, read_rows
from likewise.errors import InputError


def rows(data: bytes, layout: Layout, column: str | None = None) -> list[Row]:
    return list(read_rows(io.BytesIO(data), layout, column))


def test_lines_keep_empty_ones_and_drop_line_ends() -> None:
    assert rows(b"one\r\n\nthree", "lines") == [Row(1, "0", "one"), Row(2, "1", ""), Row(3, "2", "three")]


def test_a_last_line_end_makes_no_row() -> None:
    assert [r.text for r in rows(b"one\ntwo\n", "lines")] == ["one", "two"]
    assert rows(b"", "lines") == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_are_obeyed(encoding: str) -> None:
    assert [r.text for r in rows("grün\n日本".encode(encoding), "lines")] == ["grün", "日本"]


def test_broken_utf_16_is_replaced() -> None:
    assert next(r.text for r in rows(b"\xff\xfe\x00\xd8\x0a\x00a", "lines")).startswith("\ufffd")


def test_foreign_bytes_cost_their_line_only() -> None:
    good, bad, after = rows("gut\ngr\u00fcn\nende\n".encode("latin-1"), "lines")
    assert (good.text, after.text) == ("gut", "ende")
    assert bad == Row(2, "1", "", bad.error)
    assert "0xfc at character 3" in bad.error


def test_a_line_without_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows, "LONGEST", 1000)
    first, long, last = rows(b"a\n" + b"x" * 5000 + b"\nb", "lines")
    assert (first.text, last.text, last.line) == ("a", "b", 3)
    assert "longer than" in long.error
    assert rows(b"x" * 1000 + b"\nb", "lines")[0].error == ""


def test_json_lines_carry_ids_and_errors() -> None:
    data = b"""{"id": "a", "text": "one"}

{"id": 7, "text": "two"}
"three"
{"text": 4}
{"body": "five"}
{broken
[1]
"""
    got = rows(data, "jsonl")
    assert [(r.line, r.id, r.text) for r in got[:3]] == [(1, "a", "one"), (3, "7", "two"), (4, "2", "three")]
    assert [r.line for r in got[3:]] == [5, 6, 7, 8]
    assert all(r.error and not r.text for r in got[3:])
    assert "'body'" in got[4].error


def test_json_that_nests_without_end_costs_its_line() -> None:
    deep, good = rows(b"[" * 100_000 + b"\n" + b'{"text": "ok"}', "jsonl")
    assert "not JSON" in deep.error
    assert good.text == "ok"


def test_a_table_finds_its_column() -> None:
    data = b'id,text\nx,"two\nlines"\n,short\ny\n'
    assert rows(data, "csv")[:2] == [Row(3, "x", "two\nlines"), Row(4, "1", "short")]
    assert "column 'text' is missing" in rows(data, "csv")[2].error
    assert [r.text for r in rows(b"a\tb\n1\t2\n", "tsv", "b")] == ["2"]
    assert [r.text for r in rows(b"only\nx\n", "csv")] == ["x"]


@pytest.mark.parametrize(("data", "column"), [(b"a,b\n1,2\n", None), (b"a,b\n1,2\n", "c"), (b"", None)])
def test_a_table_without_that_column_says_which_there_are(data: bytes, column: str | None) -> None:
    with pytest.raises(InputError, match="--column"):
        rows(data, "csv", column)


@given(st.binary(max_size=300), st.sampled_from(["lines", "jsonl"]))
def test_no_bytes_break_the_reading(data: bytes, layout: Layout) -> None:
    got = rows(data, layout)
    assert [r.line for r in got] == sorted({r.line for r in got})
    assert all(not (r.error and r.text) for r in got)


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=20), min_size=1))
def test_lines_come_back_as_they_were(texts: list[str]) -> None:
    data = ("\n".join(texts) + "\n").encode()
    if not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        assert [r.text for r in rows(data, "lines")] == texts
