"""Files that cannot be read, or change while they are: each has its reason."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.errors import FormatError
from likewise.formats import Limits, Reader


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(Limits(size=1 << 24)) as reader:
        yield reader


def _reason(reader: Reader, path: Path | str) -> str:
    with pytest.raises(FormatError) as caught:
        list(reader.read(path))
    return caught.value.reason


def test_what_is_no_file(reader: Reader, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.txt"))
        assert _reason(reader, tmp_path / "socket.txt") == "not_regular"
    assert _reason(reader, tmp_path / "pipe.txt") == "not_regular"
    assert _reason(reader, tmp_path) == "not_regular"
    assert _reason(reader, "/dev/zero") == "not_regular"


def test_what_is_not_there(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "file").write_text("text", encoding="ascii")
    assert _reason(reader, tmp_path / "nowhere.txt") == "vanished"
    assert _reason(reader, tmp_path / "file" / "below.txt") == "vanished"
    assert _reason(reader, tmp_path / "circle") == "unreadable"
    assert _reason(reader, "nul\0byte") == "unreadable"
    assert _reason(reader, tmp_path / ("long" * 100)) == "unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("text", encoding="ascii")
    path.chmod(0)
    assert _reason(reader, path) == "unreadable"


def test_sizes(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "blank.txt").write_bytes(b" \n\n\t ")
    with (tmp_path / "large.txt").open("wb") as large:
        large.truncate((1 << 24) + 1)
    assert _reason(reader, tmp_path / "empty.txt") == "empty"
    assert _reason(reader, tmp_path / "blank.txt") == "no_text"
    assert _reason(reader, tmp_path / "large.txt") == "too_large"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("noise.txt", bytes(range(256)) * 8, "binary"),
        ("noise", b"\x00\x01\x02" * 100, "binary"),
        ("image.txt", b"\x89PNG\r\n\x1a\n" + bytes(100), "unsupported"),
        ("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(100), "unsupported"),
        ("song.mp3", b"ID3\x04" + bytes(100), "unsupported"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unsupported"),
        ("secret.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("torn.docx", b"PK\x03\x04" + b"x" * 100, "damaged"),
        ("page.pdf", b"%PDF-1.7\n" + b"x" * 100, "damaged"),
        ("broken.json", b'{"a": [1, 2', "damaged"),
    ],
)
def test_what_is_no_text(name: str, data: bytes, reason: str, reader: Reader, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert _reason(reader, tmp_path / name) == reason


def test_the_content_goes_before_the_name(reader: Reader, tmp_path: Path) -> None:
    for name, data, kind in (
        ("page.dat", b"<!doctype html><p>text", "html"),
        ("page.txt", b"<!doctype html><p>text", "text"),
        ("rich.txt", rb"{\rtf1 text}", "rtf"),
        ("README", b"plain text", "text"),
        ("run", b"#!/bin/sh\necho text\n", "code"),
    ):
        (tmp_path / name).write_bytes(data)
        document = reader.read(tmp_path / name)
        assert document.kind == kind
        assert any("text" in part.text for part in document)


def _lines(path: Path) -> None:
    path.write_text("\n\n".join(f"paragraph {i} " + "x" * 1000 for i in range(1000)), encoding="ascii")


def test_a_file_that_grows(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    _lines(path)
    parts = iter(reader.read(path))
    next(parts)
    with path.open("a", encoding="ascii") as more:
        more.write("more")
    with pytest.raises(FormatError, match="changed_while_reading"):
        list(parts)


def test_a_file_that_is_replaced(reader: Reader, tmp_path: Path) -> None:
    path, other = tmp_path / "page.txt", tmp_path / "other.txt"
    _lines(path)
    parts = iter(reader.read(path))
    next(parts)
    _lines(other)
    other.replace(path)
    with pytest.raises(FormatError, match="changed_while_reading"):
        list(parts)


def test_a_file_that_vanishes(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    _lines(path)
    parts = iter(reader.read(path))
    next(parts)
    path.unlink()
    with pytest.raises(FormatError, match="vanished"):
        list(parts)


def test_a_file_that_shrinks_is_no_crash(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    _lines(path)
    parts = iter(reader.read(path))
    next(parts)
    with path.open("r+b") as file:
        file.truncate(10)
    with pytest.raises(FormatError, match="changed_while_reading"):
        list(parts)


@pytest.mark.parametrize(
    "name", ["naïve.txt", "日本語.txt", "emoji 🙂.txt", "new\nline.txt", "-rf.txt", b"latin \xe9.txt"]
)
def test_names_of_every_kind(name: str | bytes, reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(b"content")
    assert [part.text for part in reader.read(path)] == ["content"]


def test_a_link_is_followed_where_it_is_named(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_bytes(b"content")
    (tmp_path / "link.txt").symlink_to("file.txt")
    assert [part.text for part in reader.read(tmp_path / "link.txt")] == ["content"]
