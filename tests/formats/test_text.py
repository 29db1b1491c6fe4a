"""Text as it stands: places are exact, every encoding is read, lines are counted as an editor counts them."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.formats import File, Limits
from likewise.formats._decode import decode
from likewise.formats._lines import lines
from likewise.formats._paragraphs import paragraphs
from likewise.formats.code import Code
from likewise.formats.markdown import Markdown
from likewise.formats.text import Text
from likewise.types import Part

_TEXTS = st.text(st.sampled_from("ab é日🙂.#`-|\t \n\r\f\x0b\x85\u2028") | st.characters(codec="utf-8"), max_size=200)
_SIZES = st.integers(1, 40)


def _file(data: bytes, suffix: str = ".txt") -> File:
    return File(io.BytesIO(data), suffix, len(data), Limits())


def _blocks(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def _number(text: str, at: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:at])) + 1


@given(_TEXTS, _SIZES)
def test_paragraphs_stand_where_they_say(text: str, size: int) -> None:
    parts = list(paragraphs(_blocks(text, size)))
    at = 0
    for part in parts:
        assert text[part.place.start : part.place.end] == part.text
        assert part.place.line == _number(text, part.place.start)
        assert not text[at : part.place.start].strip()
        at = part.place.end
    assert not text[at:].strip()


@given(_TEXTS, _SIZES)
def test_lines_are_whole(text: str, size: int) -> None:
    found = list(lines(_blocks(text, size)))
    assert "".join(line.text for line in found) == text
    assert [line.number for line in found] == list(range(1, len(found) + 1))
    assert all(text[line.start : line.start + len(line.text)] == line.text for line in found)
    assert all(line.number == _number(text, line.start) for line in found)


@settings(max_examples=200)
@given(_TEXTS)
@pytest.mark.parametrize("leaf", [Text, Code, Markdown])
def test_parts_stand_where_they_say(leaf: type[Text] | type[Code] | type[Markdown], text: str) -> None:
    text = text.removeprefix("\ufeff").replace("\0", "")  # zero bytes speak for UTF-16
    for part in leaf().read(_file(text.encode())):
        assert text[part.place.start : part.place.end] == part.text
        assert part.place.line == _number(text, part.place.start)


def test_a_block_may_end_anywhere() -> None:
    text = "one\r\n\r\ntwo two\n \n\nthree\r\rfour\n"
    wanted = [("one", 1), ("two two", 3), ("three", 6), ("four", 8)]
    for size in range(1, len(text) + 1):
        assert [(p.text, p.place.line) for p in paragraphs(_blocks(text, size))] == wanted


def test_long_paragraphs_are_cut_with_nothing_lost() -> None:
    text = "word " * 100_000 + "\n\nend"
    parts = list(paragraphs(_blocks(text, 1 << 16)))
    assert all(text[p.place.start : p.place.end] == p.text for p in parts)
    assert "".join(p.text for p in parts).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert max(len(p.text) for p in parts) < 1 << 17


_SAMPLES = {
    "en": "The quick brown fox — naïve, “quoted” — jumps over the lazy dog, and it does so every day of the week.",
    "ru": "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация южных губерний.",
    "ja": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所で泣いていた。",
    "el": "Η γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί, και αυτό γίνεται κάθε μέρα.",
}
_ENCODED = [
    *((language, codec) for language in _SAMPLES for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-32")),
    *((language, codec) for language in _SAMPLES for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")),
    *(("en", codec) for codec in ("cp1252",)),
    *(("ru", codec) for codec in ("cp1251", "koi8-r", "iso8859-5", "cp866")),
    *(("ja", codec) for codec in ("shift_jis", "euc_jp", "iso2022_jp")),
    *(("el", codec) for codec in ("cp1253", "iso8859-7")),
]


@pytest.mark.parametrize(("language", "codec"), _ENCODED)
def test_encodings(language: str, codec: str) -> None:
    text = "\n".join([_SAMPLES[language]] * 3)
    file = _file(text.encode(codec))
    assert file.textual
    assert "".join(decode(file)) == text
    guessed = not codec.startswith("utf")
    assert bool(file.warnings) == guessed


def test_utf8_with_a_mistake_stays_utf8() -> None:
    data = ("Größe über alles. " * 200).encode() + b"\xff\xfe" + "Übung".encode()
    file = _file(data)
    assert "".join(decode(file)) == data.decode("utf-8", "replace")
    assert file.metadata["encoding"] == "utf-8"
    assert "2 characters" in file.warnings[0]


def test_the_first_strange_byte_may_come_late() -> None:
    data = b"plain words, nothing else. " * 100_000 + "Über die Brücke gehen, schöne Grüße".encode("cp1252")
    file = _file(data)
    assert "".join(decode(file)) == data.decode("cp1252")


def test_a_declared_encoding_is_believed_where_it_fits() -> None:
    data = b'<?xml version="1.0" encoding="iso-8859-7"?><a>' + _SAMPLES["el"].encode("iso-8859-7") + b"</a>"
    assert _SAMPLES["el"] in "".join(decode(_file(data)))
    false = b'<?xml version="1.0" encoding="base64"?><a>' + _SAMPLES["ru"].encode("cp1251") + b"</a>"
    assert _SAMPLES["ru"] in "".join(decode(_file(false)))


def _read(text: str) -> list[Part]:
    return list(Markdown().read(_file(text.encode(), ".md")))


def test_markdown_blocks() -> None:
    parts = _read(
        "Top\n===\n\ntext\nmore\n## Sub ##\n- a\n- b\n\n~~~sh\n# no\n\n~~~\n"
        "| a | b |\n|---|---|\n### Deep\nend\n# New\nx"
    )
    assert [(p.kind, p.level, p.text, p.place.heading) for p in parts] == [
        ("heading", 1, "Top", ""),
        ("paragraph", 0, "text\nmore", "Top"),
        ("heading", 2, "Sub", "Top"),
        ("paragraph", 0, "- a\n- b", "Top > Sub"),
        ("code", 0, "~~~sh\n# no\n\n~~~", "Top > Sub"),
        ("table", 0, "| a | b |\n|---|---|", "Top > Sub"),
        ("heading", 3, "Deep", "Top > Sub"),
        ("paragraph", 0, "end", "Top > Sub > Deep"),
        ("heading", 1, "New", ""),
        ("paragraph", 0, "x", "New"),
    ]


def test_markdown_front_matter() -> None:
    file = _file(b"---\ntitle: 'A house'\nauthor: Ann\n---\ntext", ".md")
    assert [p.text for p in Markdown().read(file)] == ["text"]
    assert (file.metadata["title"], file.metadata["author"]) == ("A house", "Ann")
    assert [p.text for p in _read("---\nnever closed")] == ["never closed"]
