"""Passages: nothing is lost, nothing is too long, every one can be opened at its place."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.errors import InputError
from likewise.modalities import blocks, sentences
from likewise.modalities.text import split
from likewise.types import Part, Place


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def pieces(texts: Sequence[str]) -> list[int]:
    """Like a tokenizer of pieces: a long word is many units."""
    return [sum(-(-len(word) // 4) for word in text.split()) for text in texts]


TEXT = st.text(st.sampled_from("ab .\n!?\u3002\u00e9\U0001f600"), max_size=400)


@given(TEXT, st.integers(1, 12), st.integers(0, 4))
def test_nothing_is_lost_and_nothing_is_too_long(text: str, size: int, overlap: int) -> None:
    passages = list(split(blocks(text), words, size, min(overlap, size - 1)))
    covered: set[int] = set()
    for passage in passages:
        assert words([passage.text])[0] <= size
        covered.update(range(passage.place.start, passage.place.end))
        assert passage.text.split() == text[passage.place.start : passage.place.end].split()
    assert all(text[at].isspace() for at in range(len(text)) if at not in covered)
    starts = [p.place.start for p in passages]
    assert starts == sorted(starts)


@given(st.lists(st.text("abc. ", min_size=1, max_size=60), max_size=8))
def test_passages_of_paragraphs_are_slices_of_the_text(paragraphs: list[str]) -> None:
    text = "\n\n".join(p.strip() or "x" for p in paragraphs)
    for passage in split(blocks(text), words, 8, 2):
        assert text[passage.place.start : passage.place.end] == passage.text
        assert passage.place.line == 1 + text.count("\n", 0, passage.place.start)


@given(st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "code", "table", "record"]), TEXT), max_size=12))
def test_any_kinds_of_parts_lose_nothing(given_parts: list[tuple[str, str]]) -> None:
    at, parts = 0, []
    for kind, text in given_parts:
        parts.append(Part(text, kind, Place(at, at + len(text)), level=1))  # type: ignore[arg-type]
        at += len(text) + 2
    found = "".join(p.text for p in split(parts, words, 6, 0))
    assert "".join(found.split()) == "".join("".join(text for _, text in given_parts).split())


def test_a_passage_begins_at_a_heading_and_knows_the_path_of_headings() -> None:
    body = "One two three four five six seven eight."
    parts = [
        Part("Cooking", "heading", Place(0, 7), 1),
        Part(body, place=Place(9, 49)),
        Part("Bread", "heading", Place(51, 56), 2),
        Part(body, place=Place(58, 98)),
        Part("Gardening", "heading", Place(100, 109), 1),
        Part(body, place=Place(111, 151)),
    ]
    passages = list(split(parts, words, 20, 0))
    assert [p.text.split()[0] for p in passages] == ["Cooking", "Bread", "Gardening"]
    assert [p.place.heading for p in passages] == ["Cooking", "Cooking > Bread", "Gardening"]


def test_a_heading_is_never_left_alone_at_the_end() -> None:
    parts = [
        Part("a b c", place=Place(0, 5)),
        Part("Title", "heading", Place(7, 12), 1),
        Part("d e f g h", place=Place(14, 23)),
    ]
    assert [p.text for p in split(parts, words, 8, 0)] == ["a b c", "Title\n\nd e f g h"]


def test_records_and_pages_stand_alone() -> None:
    rows = [Part(f"name: {n}", "record", Place(0, 7, "row", n)) for n in (1, 2)]
    pages = [Part("page text", place=Place(0, 9, "page", n)) for n in (1, 2)]
    assert len(list(split([*rows, *pages], words, 100, 10))) == 4


def test_a_cut_paragraph_repeats_its_last_sentences() -> None:
    text = "One two three. Four five six. Seven eight nine. Ten eleven twelve."
    passages = list(split(blocks(text), words, 7, 3))
    assert passages[0].text == "One two three. Four five six."
    assert passages[1].text == "Four five six. Seven eight nine."


def test_a_megabyte_without_white_space_is_cut() -> None:
    text = "x" * 1_000_000
    passages = list(split(blocks(text), pieces, 100, 10))
    assert "".join(p.text for p in passages) == text
    assert all(pieces([p.text])[0] <= 100 for p in passages)


def test_words_that_a_tokenizer_takes_for_one_unit_are_cut_by_their_length() -> None:
    text = " ".join("y" * 5000 for _ in range(50))
    passages = list(split(blocks(text), words, 64, 8))
    assert max(len(p.text) for p in passages) <= 64 * 16
    assert "".join("".join(p.text.split()) for p in passages) == text.replace(" ", "")


def test_long_text_without_stops_is_taken_line_by_line() -> None:
    text = "\n".join(f"a row of a table, number {n}, and its cells" for n in range(20))
    assert len(sentences(text)) == 20


def test_sizes_that_make_no_sense_are_refused() -> None:
    for size, overlap in ((0, 0), (5, 5), (5, -1)):
        with pytest.raises(InputError, match="size"):
            list(split([], words, size, overlap))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Dr. Smith came. He left.", ["Dr. Smith came.", "He left."]),
        ("It costs 3.50 dollars! Really?", ["It costs 3.50 dollars!", "Really?"]),
        ("\u4eca\u65e5\u306f\u3002\u660e\u65e5\u3002", ["\u4eca\u65e5\u306f\u3002", "\u660e\u65e5\u3002"]),
        ('He said "Go." Then he went.', ['He said "Go."', "Then he went."]),
        ("- one\n- two", ["- one", "- two"]),
        ("e.g. this one. J. R. Tolkien wrote.", ["e.g. this one.", "J. R. Tolkien wrote."]),
        ("  \n ", []),
    ],
)
def test_sentences(text: str, wanted: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text)] == wanted
