"""Representatives: one of each group, more telling than chance, the same again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.apps._facility import MOST, representatives
from likewise.apps.summarize import summarize
from likewise.collection import Collection
from likewise.encoders import Encoder, load
from likewise.errors import InputError
from likewise.types import Item


def _groups(sizes: tuple[int, ...], dim: int = 16, seed: int = 0) -> np.ndarray:
    """Rows around orthogonal directions, so many each."""
    rng = np.random.default_rng(seed)
    rows = [np.eye(dim)[at] + 0.1 * rng.standard_normal((size, dim)) for at, size in enumerate(sizes)]
    made = np.concatenate(rows).astype(np.float32)
    units: np.ndarray = made / np.linalg.norm(made, axis=1, keepdims=True)
    return units


def test_each_group_is_represented_the_largest_first() -> None:
    sizes = (10, 40, 20)
    made = summarize(_groups(sizes), 3)
    owner = np.repeat(range(3), sizes)
    assert [owner[int(one.passage.id)] for one in made.representatives] == [1, 2, 0]
    assert [one.stands_for for one in made.representatives] == [40, 20, 10]
    assert made.covered > made.random.mean  # three drawn at random are often of one group
    assert (made.of, made.chosen_from) == (70, 70)


def test_greedy_is_near_the_best_pair() -> None:
    units = _groups((5, 6, 7), seed=1)
    near = np.maximum(units @ units.T, 0)

    def worth(rows: list[int]) -> float:
        return float(near[rows].max(axis=0).sum())

    best = max(worth([i, j]) for i in range(18) for j in range(i))
    assert worth(list(representatives(units, 2))) >= (1 - 1 / np.e) * best


def test_every_member_is_counted_once() -> None:
    made = summarize(_groups((9, 8, 7)), 7)
    assert sum(one.stands_for for one in made.representatives) == 24
    whole = summarize(_groups((3, 3)), 50)
    assert len(whole.representatives) <= 6
    assert summarize(_groups((1,)), 3).representatives[0].stands_for == 1


def test_very_many_are_drawn_from() -> None:
    units = _groups((3000, 1500, 600), dim=4)
    made = summarize(units, 3, seed=3)
    assert made.chosen_from == MOST < made.of
    owner = np.repeat(range(3), (3000, 1500, 600))
    assert sorted(owner[int(one.passage.id)] for one in made.representatives) == [0, 1, 2]
    assert made == summarize(units, 3, seed=3)


@pytest.fixture(scope="module")
def encoder(tiny: Path) -> Encoder:
    return load(tiny)


TEXT = "The washer of the tap is worn. The tap needs a washer. Bread is baked in the oven. The oven bakes the bread."


def test_sentences_represent_texts(encoder: Encoder, tmp_path: Path) -> None:
    texts = [Item("a", TEXT), Item("b", "The washer of the tap is worn. Short.")]
    made = summarize(texts, 2, by_sentence=True, model=encoder)
    assert made.of == 4  # one is there twice, one is too short
    assert {("tap" in r.passage.text, "oven" in r.passage.text) for r in made.representatives} == {
        (True, False),
        (False, True),
    }
    for one in made.representatives:
        assert TEXT[one.passage.place.start : one.passage.place.end] == one.passage.text
    with Collection(tmp_path / "c", model=encoder) as kept:
        kept.add(texts)
        assert summarize(kept, 2, by_sentence=True).of == 4
        assert summarize(kept, 1).of == 2


def test_sentences_of_a_collection_go_by_its_own_model(tiny: Path, tmp_path: Path) -> None:
    with Collection(tmp_path / "c", model=tiny) as kept:
        kept.add([Item("a", TEXT)])
    assert summarize(tmp_path / "c", 2, by_sentence=True).of == 4


def test_what_cannot_be_summarized(encoder: Encoder) -> None:
    with pytest.raises(InputError, match="k is 0"):
        summarize(_groups((3,)), 0)
    with pytest.raises(InputError, match="no vectors"):
        summarize([], 3, model=encoder)
    with pytest.raises(InputError, match="no text here"):
        summarize(["short", "too"], 1, by_sentence=True, model=encoder)
