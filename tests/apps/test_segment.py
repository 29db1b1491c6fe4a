"""Stretches of one subject: exact cuts of known sequences, texts with places, films at their shots, sounds."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from likewise.apps._change_points import changes, price
from likewise.apps._points import points
from likewise.apps._segment_text import lines
from likewise.apps.segment import segment
from likewise.collection import Collection
from likewise.encoders import Encoder, load
from likewise.errors import FormatError, InputError
from likewise.types import Embeddings, Item, Part, Passage, Place, Points, Report
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


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_covered_once_and_in_order(seed: int) -> None:
    vectors = np.random.default_rng(seed).standard_normal((40, 6)).astype(np.float32)
    for options in ({"fineness": 3.0}, {"count": 7}, {"count": 100}):
        made = segment(vectors, **options)
        covered = [row for one in made.segments for row in range(int(one.first), int(one.last) + 1)]
        assert covered == list(range(40))
        assert [int(one.last) - int(one.first) + 1 for one in made.segments] == [one.pieces for one in made.segments]
    assert len(made.segments) == 40


def test_rows_alike_stay_together_and_blocks_are_found(tmp_path: Path) -> None:
    one = np.ones((1, 4), np.float32)
    assert [(s.first, s.last) for s in segment(one).segments] == [("0", "0")]
    lengths = np.arange(1, 31, dtype=np.float32)[:, None]  # all point the same way
    assert [(s.first, s.last) for s in segment(one * lengths).segments] == [("0", "29")]
    blocks = _sequence((11, 6))
    np.save(tmp_path / "blocks.npy", blocks)
    for source in (blocks, tmp_path / "blocks.npy", points(blocks), points(blocks).embeddings):
        made = segment(source)
        assert [(s.first, s.last, s.item) for s in made.segments] == [("0", "10", ""), ("11", "16", "")]
        assert all(s.cohesion is not None and s.cohesion > 0.7 for s in made.segments)
    blocks[3] = np.nan
    made = segment(blocks)
    assert [r.id for r in made.refused] == ["3"]
    assert [(s.pieces, s.last) for s in made.segments] == [(10, "10"), (6, "16")]


SAID = [f"{one.strip()}." for one in (TAPS + BREAD).split(".") if one.strip()]


def test_a_table_is_cut_between_its_rows(encoder: Encoder, tmp_path: Path) -> None:
    path = tmp_path / "chat.csv"
    path.write_text("id,message\n" + "\n".join(f"m{at},{text}" for at, text in enumerate(SAID)))
    made = segment(path, model=encoder, count=2, text="message")
    assert [(s.first, s.last) for s in made.segments] == [("m0", "m2"), ("m3", "m5")]
    assert made.segments[1].text.splitlines() == SAID[3:]
    assert made.segments[1].title in SAID[3:]
    assert {"oven", "bread"} <= set(made.segments[1].words)
    assert [s.last for s in segment(SAID, model=encoder, count=2).segments] == ["2", "5"]
    with pytest.raises(InputError, match="columns: 'id', 'message'"):
        segment(path, model=encoder)


def _passages(item: str, order: tuple[int, ...], seconds: float) -> list[Passage]:
    places = {at: Place(seconds=at * seconds, until=(at + 1) * seconds) for at in order}
    return [Passage(f"{item}#{at}", item, item, place=places[at]) for at in order]


def test_items_are_cut_each_by_itself_in_the_order_of_places() -> None:
    order = (5, 0, 3, 1, 4, 2)
    passages = [*_passages("one", order, 2.0), *_passages("two", (0,), 2.0)]
    units = _sequence((3, 3), noise=0.05)
    given = points(np.concatenate([units[list(order)], units[:1]]))
    ids = tuple(p.id for p in passages)
    reports = tuple(Report(i, 0, 0) for i in ids)
    made = segment(Points(tuple(passages), Embeddings(ids, given.vectors, given.space, reports)), fineness=2)
    found = [(s.item, s.first, s.last, s.place.seconds, s.place.until) for s in made.segments]
    assert found == [("one", "one#0", "one#2", 0, 6), ("one", "one#3", "one#5", 6, 12), ("two", "two#0", "two#0", 0, 2)]
    assert [s.title for s in made.segments] == ["", "", "two"]  # the name of a recording is no text of its pieces


def test_sheets_are_not_mixed() -> None:
    places = [Place(unit="row", name=name, number=number) for name in ("B", "A") for number in (1, 2)]
    passages = tuple(Passage(f"x#{at}", "x", "", place=place) for at, place in enumerate(places))
    given = points(_sequence((4,)))
    ids = tuple(p.id for p in passages)
    found = Points(passages, Embeddings(ids, given.vectors, given.space, tuple(Report(i, 0, 0) for i in ids)))
    assert [s.first for s in segment(found, count=4).segments] == list(ids)


def test_a_collection_is_cut_item_by_item(encoder: Encoder, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("Only this.")
    with Collection(tmp_path / "c", encoder) as made:
        made.add(tmp_path / "short.txt")
        with pytest.raises(InputError, match="--per-item"):
            segment(made)
        assert [s.pieces for s in segment(made.points(per_item=True)).segments] == [1]
        (tmp_path / "long.md").write_text("\n\n".join(f"# Part {n}\n\n{(TAPS, BREAD)[n // 4] * 6}" for n in range(8)))
        made.add(tmp_path / "long.md")
        held = [p.id for p in made.passages(tmp_path / "long.md")]
        long, other = (s for s in segment(made, count=2).segments if s.item.endswith("long.md"))
        assert (long.first, other.last) == (held[0], held[-1])
        assert held.index(other.first) == held.index(long.last) + 1
        assert "bread" in other.words
        whole = segment(made)
    assert segment(tmp_path / "c") == whole
    assert sum(s.pieces for s in whole.segments) == len(held) + 1


def test_files_of_a_folder_are_cut_each_by_itself(encoder: Encoder, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    with pytest.raises(InputError, match="holds no file that can be cut"):
        segment(folder, model=encoder)
    (folder / "a.txt").write_text(TAPS + BREAD)
    (folder / "b.md").write_text(BREAD)
    (folder / "c.wav").write_bytes(heard(tone(1), 16000))
    np.save(folder / "d.npy", _sequence((4, 4)))
    made = segment(folder, model=encoder, count=2)
    assert [Path(s.item).name for s in made.segments] == ["a.txt", "a.txt", "b.md", "d.npy", "d.npy"]
    alone = segment(folder / "a.txt", model=encoder, count=2)
    assert [replace(s, item="") for s in made.segments[:2]] == list(alone.segments)
    assert [Path(r.id).name for r in made.refused] == ["c.wav"]


@pytest.mark.parametrize("every", [0.0, -1.0, float("nan"), float("inf")])
def test_pieces_last_some_time(every: float) -> None:
    with pytest.raises(InputError, match="every is"):
        segment(Item("x", TAPS), every=every)


def test_very_many_rows_are_not_counted_out() -> None:
    with pytest.raises(InputError, match=r"10,001 pieces .* use fineness"):
        segment(np.ones((10_001, 2), np.float32), count=3)
    with pytest.raises(InputError, match="fineness is nan"):
        segment(np.ones((3, 2), np.float32), fineness=float("nan"))
