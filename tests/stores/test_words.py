"""Full text beside FTS5's own ranking: the same BM25, whatever came and went."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from likewise.stores._postings import VIEWS, Lengths, fits, packed, ranked, stems
from likewise.stores._text import WORDS, Ranking, add_words, remove_words

VOCABULARY = ["run", "running", "runs", "bridge", "bridges", "naïve", "cell", "cells", "of", "the", "a", "東京", "x1"]


@pytest.fixture
def words() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in (WORDS + VIEWS).split(";\n"):
            connection.execute(statement)
        yield connection


def texts(count: int, seed: int, longest: int = 40) -> list[tuple[int, str, str]]:
    """Rows with gaps between their numbers, of 0 to `longest` words, some of them without a title."""
    rng = np.random.default_rng(seed)
    return [
        (
            3 * n + 1 + 1000 * seed,
            " ".join(rng.choice(VOCABULARY, rng.integers(0, longest))),
            " ".join(rng.choice(VOCABULARY, rng.integers(0, 4))),
        )
        for n in range(count)
    ]


def agree(connection: sqlite3.Connection, lengths: Lengths) -> int:
    """See that every stem is ranked as FTS5 ranks it; how many matches there were."""
    lengths.refresh(connection)
    matches = 0
    for stem in {stem for found in stems(connection, VOCABULARY) for stem in found}:
        rows, scores = packed(connection, stem, lengths)
        wanted_rows, wanted = ranked(connection, f'"{stem}"')
        np.testing.assert_array_equal(rows, wanted_rows)
        np.testing.assert_allclose(scores, wanted, rtol=1e-12)
        matches += len(rows)
    return matches


@pytest.mark.parametrize("questions", [0, 1])
def test_scores_are_those_of_fts5_through_every_change(words: sqlite3.Connection, questions: int) -> None:
    lengths = Lengths()
    for _ in range(questions):  # the first question looks lengths up one by one, later ones keep them
        lengths.refresh(words)
    first, second = texts(300, 0), texts(50, 1)
    assert agree(words, lengths) == 0
    add_words(words, first)
    whole = agree(words, lengths)
    assert whole > 300
    remove_words(words, first[::3])
    assert 0 < agree(words, lengths) < whole
    add_words(words, second)
    agree(words, lengths)
    words.execute("INSERT INTO words (words) VALUES ('optimize')")
    agree(words, lengths)
    remove_words(words, [row for n, row in enumerate(first) if n % 3] + second)
    assert agree(words, lengths) == 0


def test_scores_see_what_a_transaction_has_not_committed(words: sqlite3.Connection) -> None:
    add_words(words, texts(20, 0))
    before = agree(words, Lengths())
    words.execute("BEGIN")
    add_words(words, texts(20, 1))
    assert agree(words, Lengths()) > before
    words.execute("ROLLBACK")
    assert agree(words, Lengths()) == before


def test_lengths_of_every_size_are_read(words: sqlite3.Connection) -> None:
    sizes = [1, 127, 128, 300, 16_383, 16_384, 40_000]
    add_words(words, [(n, "run " * size, "bridge " * (size % 200)) for n, size in enumerate(sizes, 1)])
    known = Lengths()
    for _ in range(2):
        known.refresh(words)
        rows = np.arange(1, len(sizes) + 1)
        assert known.of(words, rows).tolist() == [size + size % 200 for size in sizes]
        agree(words, known)


def test_lengths_are_read_again_when_words_were_made_anew(words: sqlite3.Connection) -> None:
    rows = texts(30, 0)
    lengths = Lengths()
    lengths.refresh(words)
    add_words(words, rows[20:])
    agree(words, lengths)
    add_words(words, rows[:20])  # below the last row that is known, as a repair may put them
    assert agree(words, lengths) > 0


def test_stems_are_those_of_the_table(words: sqlite3.Connection) -> None:
    asked = ['"Running"', '"NAÏVE"', '"?"', '"東 京"']
    for _ in range(2):  # nothing of the last question is left
        assert stems(words, asked) == [["run"], ["naiv"], [], ["東", "京"]]


def test_a_word_in_too_many_places_is_left_to_fts5(words: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    add_words(words, texts(400, 0))
    wanted = Ranking().ranked(words, 1, "run", None, 20)
    assert len(wanted) == 20
    monkeypatch.setattr("likewise.stores._text._TOUCHED", 3)
    monkeypatch.setattr("likewise.stores._postings._MOST_PLACES", 3)
    assert not fits(words, "run")
    assert Ranking().ranked(words, 1, "run", None, 20) == wanted


def test_words_of_a_question_add_up(words: sqlite3.Connection) -> None:
    add_words(words, texts(200, 0))
    wanted: dict[int, float] = {}
    for word in ("bridge", "cell", "東 京"):
        for row, score in zip(*(found.tolist() for found in ranked(words, f'"{word}"')), strict=True):
            wanted[row] = wanted.get(row, 0.0) + score
    ranking = Ranking()
    for _ in range(2):  # looked up, then remembered
        found = ranking.ranked(words, 1, "Bridges, cell 東京?", None, 999)
        assert dict(found) == pytest.approx(wanted, rel=1e-6)
        assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))
