"""Stretches of one subject: exact cuts of known sequences, texts with places, films at their shots, sounds."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from likewise.apps._change_points import changes, price
from likewise.apps._segment_text import lines
from likewise.apps.segment import segment
from likewise.encoders import Encoder, load
from likewise.errors import FormatError, InputError
from likewise.types import Item, Part, Place
from tests.collection.coloured import Coloured, Pitched
from tests.formats.media import COLOURS, film, heard, tone


def _sequence(lengths: tuple[int, ...], noise: float = 0.2, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = [np.eye(8)[at % 8] + noise * rng.standard_normal((n, 8)) for at, n in enumerate(lengths)]
    made = np.concatenate(rows).astype(np.float32)
    units: np.ndarray = made / np.linalg.norm(made, axis=1, keepdims=True)
    return units


def test_known_changes_are_found() -> None:
    units = _sequence((7, 12, 5, 9))
    assert changes(units, price(units)) == [7, 19, 24]
    assert changes(units, 0, count=4) == [7, 19, 24]
    assert changes(units, 0, count=1) == []
    one = _sequence((20,))
    assert changes(one, price(one), shortest=2) == []  # one subject stays whole


def _scatter(units: np.ndarray, cuts: tuple[int, ...]) -> float:
    spans = pairwise((0, *cuts, len(units)))
    return sum(e - s - float((units[s:e].sum(axis=0, dtype=np.float64) ** 2).sum()) / (e - s) for s, e in spans)


@pytest.mark.parametrize("seed", range(4))
def test_the_cut_is_the_cheapest_of_all(seed: int) -> None:
    units = _sequence((4, 3, 4), noise=0.6, seed=seed)
    n, cost = len(units), price(units)
    for count in (2, 3):
        every = [c for c in combinations(range(1, n), count - 1) if all(b - a >= 2 for a, b in pairwise((0, *c, n)))]
        best = min(every, key=lambda cuts: _scatter(units, cuts))
        assert tuple(changes(units, 0, count=count, shortest=2)) == best
    free = [c for k in range(4) for c in combinations(range(1, n), k)]
    best = min(free, key=lambda cuts: _scatter(units, cuts) + cost * (len(cuts) + 1))
    found = tuple(changes(units, cost))
    total = _scatter(units, found) + cost * (len(found) + 1)
    assert total == pytest.approx(_scatter(units, best) + cost * (len(best) + 1))


def test_bounds_of_changes() -> None:
    units = _sequence((5, 5))
    assert changes(units, 0, count=100, shortest=2) == [2, 4, 6, 8]
    assert len(changes(units, price(units, 10))) >= len(changes(units, price(units))) >= len(changes(units, 1e9))
    assert changes(units[:1], price(units[:1])) == []
    with pytest.raises(InputError, match="fineness is 0"):
        price(units, 0)


@pytest.fixture(scope="module")
def encoder(tiny: Path) -> Encoder:
    return load(tiny)


TAPS = "The washer of the tap is worn. A new washer stops the tap. The tap needs the washer. "
BREAD = "Bread is baked in the oven. The oven bakes good bread. Hot bread leaves the oven. "


def test_a_text_is_cut_at_its_subjects(encoder: Encoder) -> None:
    text = TAPS + BREAD
    made = segment(Item("notes", text), model=encoder, count=2)
    assert [one.pieces for one in made.segments] == [3, 3]
    first, second = made.segments
    assert text[first.place.start : first.place.end] == TAPS.strip()
    assert text[second.place.start : second.place.end] == BREAD.strip()
    assert second.text.split() == BREAD.split()
    assert {"oven", "bread"} <= set(second.words)
    assert second.title in BREAD
    assert all(one.cohesion is not None and 0 < one.cohesion <= 1 for one in made.segments)
    assert made == segment(Item("notes", text), model=encoder, count=2)


def test_a_file_has_lines_and_headings(encoder: Encoder, tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(f"# Taps\n\n{TAPS}\n\n# Bread\n\n{BREAD}\n")
    made = segment(path, model=encoder, count=2)
    assert [one.place.line for one in made.segments] == [1, 5]
    assert made.segments[1].text.startswith("Bread\n")
    assert not made.segments[1].title.startswith("Bread\n")


def test_nothing_of_a_text_is_lost() -> None:
    parts = [
        Part("Title", "heading", Place(0, 5)),
        Part("Yes. That is a longer sentence. No.", place=Place(7, 42)),
        Part("End", "heading", Place(44, 47)),
    ]
    found = lines(parts)
    assert [line.text for line in found] == ["Title\nYes.\nThat is a longer sentence.\nNo.\nEnd"]
    assert (found[0].place.start, found[0].place.end) == (0, 47)
    assert lines([]) == []


def test_a_film_is_cut_at_its_shots(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(film(COLOURS, 2.0))
    made = segment(tmp_path / "film.mp4")
    assert [one.place.seconds for one in made.segments] == pytest.approx([0, 2, 4], abs=0.21)
    assert [one.place.until for one in made.segments] == pytest.approx([2, 4, 6], abs=0.21)
    with pytest.raises(InputError, match="leave count out"):
        segment(tmp_path / "film.mp4", count=2)


def test_shots_of_one_subject_stay_together(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(film(COLOURS, 4.0))
    made = segment(tmp_path / "film.mp4", model=Coloured(), every=1, count=3)
    assert [one.place.seconds for one in made.segments] == pytest.approx([0, 4, 8], abs=0.31)
    assert [one.pieces for one in made.segments] == [4, 4, 4]


def test_a_recording_needs_a_model(tmp_path: Path) -> None:
    (tmp_path / "tone.wav").write_bytes(heard(tone(3), 16000))
    with pytest.raises(InputError, match="name a model of sounds"):
        segment(tmp_path / "tone.wav")
    with pytest.raises(FormatError, match="gives no video"):
        segment(tmp_path / "tone.wav", model=Coloured())


def test_a_recording_is_cut_where_it_sounds_otherwise(tmp_path: Path) -> None:
    sound = np.concatenate([tone(3, 16000, 200.0), tone(2, 16000, 3000.0)])
    (tmp_path / "tones.wav").write_bytes(heard(sound, 16000))
    made = segment(tmp_path / "tones.wav", model=Pitched(), every=0.5)
    assert [(one.place.seconds, one.place.until) for one in made.segments] == [(0.0, 3.0), (3.0, 5.0)]
    assert [one.pieces for one in made.segments] == [6, 4]


def test_what_cannot_be_cut(encoder: Encoder, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    for what, match in (
        (tmp_path / "gone.txt", "there is no file"),
        (Item("x", 5), "give a text"),
        (Item("x", "  "), "holds no text"),
    ):
        with pytest.raises(InputError, match=match):
            segment(what, model=encoder)
    for options in ({"count": 0}, {"fineness": -1.0}):
        with pytest.raises(InputError, match=next(iter(options))):
            segment(Item("x", TAPS), model=encoder, **options)
