"""Files made to exhaust their reader: each is refused, or read in bounded time and memory."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.errors import FormatError
from likewise.formats import Limits, Reader
from tests.formats.samples import SAMPLES, TEXT, docx, zipped

_LAUGHS = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))
_DOCTYPE = f'<!DOCTYPE x [<!ENTITY l0 "lol">{_LAUGHS}]>'
_OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
_MEMORY = 700 << 20


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(Limits(memory=_MEMORY)) as reader:
        yield reader


def _outcome(reader: Reader, path: Path, data: bytes) -> tuple[str, str]:
    """Text and reason, within ten seconds."""
    path.write_bytes(data)
    pieces: list[str] = []
    reason = ""
    began = time.monotonic()
    try:
        pieces.extend(part.text for part in reader.read(path))
    except FormatError as error:
        reason = error.reason
    assert time.monotonic() - began < 10
    return "\n".join(pieces), reason


def test_zip_bombs(reader: Reader, tmp_path: Path) -> None:
    bomb = zipped({"word/document.xml": "<x>" + " " * (64 << 20), "word/styles.xml": ""})
    assert len(bomb) < 100_000
    assert _outcome(reader, tmp_path / "bomb.docx", bomb) == ("", "bomb")
    many = zipped({"xl/workbook.xml": ""} | {f"{i}": "" for i in range(20_001)})
    assert _outcome(reader, tmp_path / "many.xlsx", many) == ("", "bomb")


def test_a_container_that_lies_about_its_size(reader: Reader, tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("word/document.xml", b"<x>" + b" " * (8 << 20) + b"</x>")
    data = bytearray(held.getvalue())
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)
    text, reason = _outcome(reader, tmp_path / "liar.docx", bytes(data))
    assert (text, reason) == ("", "damaged")


@pytest.mark.parametrize(
    "prolog",
    [
        _DOCTYPE,
        _OUTSIDE,
        f"<?xml version='1.0'?><!-- {'x' * 50_000} -->{_DOCTYPE}",
        *(f"<!-- {'x' * (65_536 - 10 + cut)} -->{_DOCTYPE}" for cut in range(12)),  # cut in two anywhere
        f"<?xml version='1.0'?><!-- {'<a>' * 100_000} --><?x <b> ?>\n{_OUTSIDE}",
    ],
)
def test_entities_in_office_files(prolog: str, reader: Reader, tmp_path: Path) -> None:
    data = docx(prolog, "&l9;")
    assert _outcome(reader, tmp_path / "laughs.docx", data) == ("", "bomb")


def test_entities_in_a_sheet(reader: Reader, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(SAMPLES["xlsx"].make())) as sound:
        members = {name: sound.read(name) for name in sound.namelist()}
    sheet = next(name for name in members if "worksheets/" in name)
    late = f"<?xml version='1.0'?><!-- {'<a>' * 100_000} -->{_DOCTYPE}".encode()
    members[sheet] = late + members[sheet].partition(b"?>")[2]
    assert _outcome(reader, tmp_path / "laughs.xlsx", zipped(members)) == ("", "bomb")


def test_a_comment_that_speaks_of_a_doctype_is_none(reader: Reader, tmp_path: Path) -> None:
    data = docx(f"<!-- <!DOCTYPE x> {'-' * 70_000} --><?x <!DOCTYPE x> ?>".replace("--" * 35_000, "- " * 35_000))
    text, reason = _outcome(reader, tmp_path / "comment.docx", data)
    assert reason == ""
    assert TEXT in text


def test_entities_that_only_the_parser_sees(reader: Reader, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(SAMPLES["epub"].make())) as sound:
        members = {name: sound.read(name) for name in sound.namelist()}
    (package,) = (name for name in members if name.endswith(".opf"))
    plain = members[package].partition(b"?>")[2] or members[package]
    members[package] = b'<!DOCTYPE package PUBLIC "a" "b">' + plain
    assert TEXT in _outcome(reader, tmp_path / "old.epub", zipped(members))[0]  # as EPUB 1 files have it
    members[package] = _DOCTYPE.encode() + plain
    assert _outcome(reader, tmp_path / "laughs.epub", zipped(members)) == ("", "bomb")


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".ipynb"])
def test_a_number_of_any_length(suffix: str, reader: Reader, tmp_path: Path) -> None:
    number = "7" * 10_000
    record = f'{{"a": {number}, "b": 1.10, "c": -1e999, "d": "good"}}'
    cell = f'{{"cells": [{{"cell_type": "code", "execution_count": {number}, "source": "good"}}]}}'
    text, reason = _outcome(reader, tmp_path / f"long{suffix}", (cell if suffix == ".ipynb" else record).encode())
    assert reason == ""
    assert text == ("good" if suffix == ".ipynb" else f"a: {number}; b: 1.10; c: -1e999; d: good")


def test_a_protected_container(reader: Reader, tmp_path: Path) -> None:
    data = bytearray(docx())
    at = data.index(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    assert _outcome(reader, tmp_path / "secret.docx", bytes(data)) == ("", "encrypted")


def test_deep_html(reader: Reader, tmp_path: Path) -> None:
    deep = "<div>" * 100_000 + TEXT
    text, reason = _outcome(reader, tmp_path / "deep.html", (f"<p>before</p>{deep}").encode())
    assert "before" in text
    assert reason in ("", "damaged")


def test_deep_json(reader: Reader, tmp_path: Path) -> None:
    assert _outcome(reader, tmp_path / "deep.json", b"[" * 100_000) == ("", "damaged")
    assert _outcome(reader, tmp_path / "deep2.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000)[1] == "damaged"
    text, reason = _outcome(reader, tmp_path / "lines.jsonl", b'{"a": "good"}\n' + b"[" * 100_000 + b"\n")
    assert (text, reason) == ("a: good", "")


def test_deep_xml_in_office_files(reader: Reader, tmp_path: Path) -> None:
    deep = zipped({"word/document.xml": "<w:document xmlns:w='u'><w:body>" + "<w:ins>" * 100_000})
    assert _outcome(reader, tmp_path / "deep.docx", deep)[1] == "damaged"


@pytest.mark.parametrize("end", [b"", b" ", b"\n"])
def test_a_line_without_an_end(end: bytes, reader: Reader, tmp_path: Path) -> None:
    data = b"word" * (4 << 20) + end
    for suffix in (".txt", ".md", ".csv", ".py"):
        text, reason = _outcome(reader, tmp_path / f"line{suffix}", data)
        assert reason in ("", "damaged")
        assert suffix == ".csv" or text.replace("\n", "") == data.decode().strip()


def test_a_quote_without_an_end(reader: Reader, tmp_path: Path) -> None:
    _, reason = _outcome(reader, tmp_path / "quote.csv", b'a,b\n1,"' + b"x,y\n" * (2 << 20))
    assert reason in ("", "damaged", "bomb")


def test_rows_beyond_the_end(reader: Reader, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["what", "hours"], [TEXT, 1]):
        book.active.append(row)
    book.active["XFD1048576"] = "far away"
    held = io.BytesIO()
    book.save(held)
    text, reason = _outcome(reader, tmp_path / "far.xlsx", held.getvalue())
    assert reason == ""
    assert f"what: {TEXT}; hours: 1\nfar away" in text


def test_what_stands_before_the_damage_is_given(reader: Reader, tmp_path: Path) -> None:
    data = "".join(f"row {i},{i}\n" for i in range(1000)).encode() + b'last,"' + b"x" * (5 << 20)
    text, reason = _outcome(reader, tmp_path / "torn.csv", data)
    assert "row 999" in text
    assert reason == "damaged"


def test_all_is_well_afterwards(reader: Reader, tmp_path: Path) -> None:
    for name, sample in SAMPLES.items():
        text, reason = _outcome(reader, tmp_path / f"{name}{sample.suffix}", sample.make())
        assert TEXT in text, reason
