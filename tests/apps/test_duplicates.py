"""Duplicates: what is found, that what goes is like what stays, and that nothing is missed where all is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.apps._cells import Units
from likewise.apps._near_pairs import Pairs, _fewer, joined, near_pairs
from likewise.apps._shingles import jaccard_pairs, plain_text
from likewise.apps._stars import stars
from likewise.apps.duplicates import Duplicates, duplicates
from likewise.collection import Collection
from likewise.encoders import Encoder
from likewise.errors import InputError, SpaceError
from likewise.types import Item, Vectors
from tests.hashed import Hashed

TEXTS = (
    "The treaty of Westphalia ended thirty years of war in 1648.",
    "A dripping tap is mended by replacing the washer inside.",
    "The treaty of Westphalia ended thirty years of war in 1648.",
    "the treaty of westphalia ended thirty years of war in 1648",
    "A dripping tap is mended by replacing the washers inside.",
    "Bread is made of flour, water, salt and patience.",
)


def _crowded(count: int, dim: int, seed: int, noise: float = 0.1) -> Vectors:
    """Vectors of which every third is a copy of another with some noise, in clumps."""
    rng = np.random.default_rng(seed)
    middles = rng.standard_normal((max(1, count // 50), dim))
    made = middles[rng.integers(len(middles), size=count)] + 0.7 * rng.standard_normal((count, dim))
    copies = np.arange(0, count, 3)
    made[copies] = made[rng.integers(count, size=len(copies))] + noise * rng.standard_normal((len(copies), dim))
    return made.astype(np.float32)


def _pairs(pairs: Pairs) -> set[tuple[int, int]]:
    return set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


def _true(vectors: Vectors, threshold: float, other: Vectors | None = None) -> set[tuple[int, int]]:
    one = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    two = one if other is None else other / np.linalg.norm(other, axis=1, keepdims=True)
    near = one @ two.T >= threshold
    return set(zip(*np.nonzero(np.tril(near, -1) if other is None else near), strict=True))


def test_three_levels_and_what_stays() -> None:
    found = duplicates(TEXTS, model=Hashed())
    assert (found.points, found.gone, len(found.groups)) == (6, 3, 2)
    assert [found.count(how) for how in ("exact", "near", "semantic")] == [1, 2, 0]
    treaty, tap = found.groups
    assert treaty.kept.id == "0"  # the longest text, and of two such the first
    assert [(t.passage.id, t.how) for t in treaty.twins] == [("2", "exact"), ("3", "near")]
    assert (tap.kept.id, [t.passage.id for t in tap.twins]) == ("4", ["1"])
    assert tap.twins[0].score >= 0.8
    assert found.items == ("1", "2", "3")
    assert found.recall == 1.0


@pytest.mark.parametrize(("keep", "kept"), [("first", "0"), ("last", "3"), ("longest", "0"), ("shortest", "3")])
def test_what_is_kept_is_chosen(keep: str, kept: str) -> None:
    found = duplicates(TEXTS, model=Hashed(), keep=keep)  # type: ignore[arg-type]
    assert found.groups[0].kept.id == kept


def test_levels_are_chosen() -> None:
    assert duplicates(TEXTS, model=Hashed(), levels=["exact"]).items == ("2",)
    assert duplicates(TEXTS, model=Hashed(), levels=["near"]).gone == 3
    alone = duplicates(TEXTS, model=Hashed(), levels=["semantic"])
    assert [(t.how, t.score) for g in alone.groups for t in g.twins] == [("semantic", 1.0)]


def test_leakage_names_what_stands_in_the_other() -> None:
    train, test = [Item(f"a{n}", text) for n, text in enumerate(TEXTS)], [Item("b0", TEXTS[4]), Item("b1", "nothing")]
    found = duplicates(train, test, model=Hashed())
    assert [(g.kept.id, [(t.passage.id, t.how) for t in g.twins]) for g in found.groups] == [
        ("b0", [("a4", "exact"), ("a1", "near")])
    ]


def test_copies_of_what_goes_go_too() -> None:
    texts = ["alpha beta gamma delta", "one", "one", "two"]
    near = {"one": [1, 0, 0], "two": [1, 0.01, 0], "alpha beta gamma delta": [1, 0.005, 0]}
    found = duplicates(texts, model=Hashed(lambda _, given: np.array([near[t] for t in given], np.float32), dim=3))
    assert [g.kept.id for g in found.groups] == ["0"]
    assert {(t.passage.id, t.how) for t in found.groups[0].twins} == {(n, "semantic") for n in "123"}
    other = [Item("there", "alpha beta gamma delta")]
    model = Hashed(lambda _, given: np.array([near[t] for t in given], np.float32), dim=3)
    assert duplicates(texts, other, model=model).gone == 4


def test_no_chain_joins_what_is_unlike() -> None:
    angles = np.deg2rad(np.arange(0, 100, 10))
    fan = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    found = duplicates(fan, threshold=float(np.cos(np.deg2rad(10.5))), keep="first")
    for group in found.groups:
        kept = fan[int(group.kept.id)]
        assert all(fan[int(t.passage.id)] @ kept >= np.cos(np.deg2rad(10.5)) for t in group.twins)
    assert found.gone == 5


@given(st.integers(0, 1000), st.sampled_from([0.8, 0.9, 0.97]))
@settings(max_examples=15, deadline=None)
def test_what_goes_is_like_what_stays_and_what_stays_is_not(seed: int, threshold: float) -> None:
    vectors = _crowded(150, 6, seed)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = duplicates(vectors, threshold=threshold, keep="first")
    gone = {int(t.passage.id) for g in found.groups for t in g.twins}
    for group in found.groups:
        assert int(group.kept.id) not in gone
        for twin in group.twins:
            assert units[int(twin.passage.id)] @ units[int(group.kept.id)] == pytest.approx(twin.score, abs=1e-5)
            assert twin.score >= threshold - 1e-6
    stays = [row for row in range(len(vectors)) if row not in gone]
    between = np.triu(units[stays] @ units[stays].T, 1)
    assert (between < threshold + 1e-6).all()
    assert len(gone) + len(stays) == found.points


@pytest.mark.parametrize("threshold", [0.8, 0.9, 0.95])
def test_all_pairs_of_a_small_set_are_found(threshold: float) -> None:
    vectors, other = _crowded(700, 16, 0), _crowded(500, 16, 0)
    assert _pairs(near_pairs(Units(vectors), threshold).pairs) == _true(vectors, threshold)
    assert _pairs(near_pairs(Units(vectors), threshold, Units(other)).pairs) == _true(vectors, threshold, other)


@pytest.mark.parametrize("across", [False, True])
def test_cells_find_what_comparing_all_finds(monkeypatch: pytest.MonkeyPatch, across: bool) -> None:
    monkeypatch.setattr("likewise.apps._near_pairs._EXACT", 100)
    vectors = _crowded(4_000, 24, 1, 0.05)
    other = _crowded(3_000, 24, 1, 0.05) if across else None
    near = near_pairs(Units(vectors), 0.9, None if other is None else Units(other))
    found, true = _pairs(near.pairs), _true(vectors, 0.9, other)
    assert len(near.pairs) == len(found)  # each pair once
    assert found <= true
    assert len(found) >= 0.98 * len(true)
    assert near.recall is not None
    assert abs(near.recall - len(found) / len(true)) < 0.02
    assert near.compared < len(vectors) * len(vectors if other is None else other)
    again = near_pairs(Units(vectors), 0.9, None if other is None else Units(other))
    assert _pairs(again.pairs) == found


def test_a_wide_reach_finds_every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.apps._near_pairs._EXACT", 100)
    monkeypatch.setattr("likewise.apps._near_pairs._REACHES", (1.0,))
    monkeypatch.setattr("likewise.apps._cells._WIDEST", 10_000)
    vectors = _crowded(1_500, 8, 2)
    assert _pairs(near_pairs(Units(vectors), 0.9).pairs) == _true(vectors, 0.9)


def test_a_sample_without_pairs_measures_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.apps._near_pairs._EXACT", 100)
    lone = np.random.default_rng(0).standard_normal((2_000, 64)).astype(np.float32)
    near = near_pairs(Units(lone), 0.99)
    assert (len(near.pairs), near.recall) == (0, None)


def test_a_crowd_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand times nearly the same: half a million pairs, of which a few say all."""
    crowd = 1 + 1e-4 * np.random.default_rng(0).standard_normal((3_000, 8)).astype(np.float32)
    for whole in (20_000, 100):
        monkeypatch.setattr("likewise.apps._near_pairs._EXACT", whole)
        found = duplicates(crowd, keep="first")
        assert found.gone == 2_999 or (whole == 100 and found.gone > 2_900)
        assert len(near_pairs(Units(crowd), 0.9).pairs) < 3_000 * 64 * 40


def test_the_first_of_a_crowd_are_kept() -> None:
    left = np.repeat(np.arange(3, dtype=np.int32), 100)
    right = np.tile(np.arange(100, dtype=np.int32)[::-1], 3)
    some = _fewer(Pairs(left, right, np.ones(300, np.float32)))
    assert _pairs(some) == {(one, other) for one in range(3) for other in range(64)}
    assert len(joined([])) == 0


def test_letters_are_compared_as_sets_of_runs() -> None:
    texts = ["abcdefghij", "ABCDE  fghij!", "abcde fghij", "xabcdefghij", "", "...", "qq", "QQ", "面积面积面积"]
    found = jaccard_pairs(texts, 0.5)
    scores = dict(zip(zip(found.left.tolist(), found.right.tolist(), strict=True), found.scores.tolist(), strict=True))
    assert scores == {(2, 1): 1.0, (3, 0): pytest.approx(6 / 7), (7, 6): 1.0}
    assert plain_text("  Straße, ＡＢＣ! ") == "strasse abc"
    assert _pairs(jaccard_pairs(texts, 0.5, split=2)) == {(2, 1), (3, 0)}
    assert len(jaccard_pairs([], 0.5)) == 0


def test_bands_miss_little() -> None:
    rng = np.random.default_rng(0)
    texts: list[str] = []
    for _ in range(80):
        words = [f"w{n}" for n in rng.integers(0, 5000, 40)]
        texts.append(" ".join(words))
        words[int(rng.integers(40))] = "other"
        texts.append(" ".join(words))
    runs = [{plain_text(t)[at : at + 5] for at in range(len(plain_text(t)) - 4)} for t in texts]
    true = {
        (a, b) for a in range(len(texts)) for b in range(a) if len(runs[a] & runs[b]) >= 0.8 * len(runs[a] | runs[b])
    }
    assert len(true) > 60
    assert _pairs(jaccard_pairs(texts, 0.8)) == true


def test_stars_take_the_strictest_level_first() -> None:
    def some(*pairs: tuple[int, int, float]) -> Pairs:
        left, right, scores = zip(*pairs, strict=True)
        return Pairs(np.array(left, np.int32), np.array(right, np.int32), np.array(scores, np.float32))

    links = stars([some((2, 1, 0.8)), some((2, 0, 0.99), (1, 0, 0.9))], within=True)
    assert [(link.gone, link.kept, link.level) for link in links] == [(1, 0, 1), (2, 0, 1)]
    links = stars([some((2, 1, 0.8)), some((2, 0, 0.99))], within=True)
    assert [(link.gone, link.kept, link.level) for link in links] == [(2, 1, 0)]


def test_a_collection_is_freed_of_its_doubles(tmp_path: Path) -> None:
    with Collection(tmp_path / "c", model=Hashed()) as kept:
        kept.add([Item(str(n), text) for n, text in enumerate(TEXTS)])
        found: Duplicates = duplicates(kept.points(per_item=True))
        assert kept.delete(*found.items) == 3
        assert duplicates(kept.points(per_item=True)).gone == 0
        assert len(list(kept.items())) == 3


def test_an_item_goes_only_if_nothing_of_it_stays(tmp_path: Path) -> None:
    long = "\n\n".join(f"Paragraph {n} of a long document says {'many words ' * 60}{n}." for n in range(3))
    with Collection(tmp_path / "c", model=Hashed(dim=64)) as kept:
        kept.add([Item("long", long), Item("short", TEXTS[0]), Item("twin", TEXTS[0])])
        pieces = kept.points()
        part = next(p.text for p in pieces.passages if p.item == "long")
        kept.add([Item("part", part)])
        found = duplicates(kept, keep="first", levels=["exact"])
        assert set(found.items) == {"part", "twin"}
        assert set(duplicates(kept, keep="last", levels=["exact"]).items) == {"short"}


def test_what_has_no_vector_is_told() -> None:
    def broken(vectors: Vectors, texts: object) -> Vectors:
        vectors[[t == TEXTS[1] for t in texts]] = np.nan  # type: ignore[attr-defined]
        return vectors

    found = duplicates(TEXTS, model=Hashed(broken))
    assert (found.points, [report.id for report in found.refused]) == (5, ["1"])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"threshold": 0}, "threshold is 0"),
        ({"threshold": 1.5}, "threshold is 1.5"),
        ({"jaccard": -1}, "jaccard is -1"),
        ({"levels": []}, "wanted some of exact, near, semantic"),
        ({"levels": ["fuzzy"]}, "wanted some of exact, near, semantic"),
        ({"keep": "best"}, "keep is 'best'"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        duplicates(TEXTS, model=Hashed(), **settings)  # type: ignore[arg-type]


def test_spaces_never_mix() -> None:
    one = np.eye(4, dtype=np.float32)
    with pytest.raises(SpaceError, match="4 and of 3 dimensions"):
        duplicates(one, np.eye(3, dtype=np.float32))
    assert duplicates(one, one).gone == 4
    encoder: Encoder = Hashed(dim=4)
    with pytest.raises(SpaceError):
        duplicates(["a"], one, model=encoder)
