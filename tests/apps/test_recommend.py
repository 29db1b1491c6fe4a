"""Recommendations: near what is liked, far from what is not, unlike each other, never what is known or excluded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from likewise.apps._mmr import mmr
from likewise.apps._recommend_scores import scores
from likewise.apps.recommend import recommend
from likewise.collection import Collection
from likewise.errors import InputError
from likewise.types import Embeddings, Item, Passage, Points, Report
from tests.hashed import Hashed


def _points(vectors: Sequence[Sequence[float]], **metadata: Sequence[object]) -> Points:
    """Items named a, b, c ..."""
    made = np.array(vectors, dtype=np.float32)
    names = [chr(ord("a") + at) for at in range(len(made))]
    passages = [
        Passage(n, n, f"text of {n}", metadata={k: v[at] for k, v in metadata.items()})  # type: ignore[misc]
        for at, n in enumerate(names)
    ]
    space = Hashed(dim=made.shape[1]).space
    return Points(tuple(passages), Embeddings(tuple(names), made, space, tuple(Report(n, 0, 0) for n in names)))


FILMS = _points(
    [[1, 0, 0], [0.9, 0.1, 0], [0.9, 0.12, 0], [0.7, 0.7, 0], [0, 1, 0], [0, 0, 1]],
    year=[1990, 1991, 1992, 1993, 1994, 1995],
)


def _ids(liked: Sequence[str], disliked: Sequence[str] = (), **options: object) -> list[str]:
    return [one.passage.id for one in recommend(FILMS, liked, disliked, **options).items]  # type: ignore[arg-type]


def test_the_nearest_come_first_with_their_reasons() -> None:
    made = recommend(FILMS, ["a"], diversity=0.0)
    assert [one.passage.id for one in made.items] == ["b", "c", "d", "e", "f"]
    assert [b.item for b in made.items[0].because] == ["a"]
    assert made.items[0].because[0].cosine == pytest.approx(0.9 / np.hypot(0.9, 0.1), abs=1e-6)
    assert made.items[-1].because == ()
    assert (made.of, made.known, made.excluded) == (6, 1, 0)


def test_what_is_disliked_moves_away() -> None:
    assert _ids(["a"], diversity=0.0)[2] == "d"
    assert _ids(["a"], ["e"], diversity=0.0) == ["b", "c", "d", "f"]
    near, far = (recommend(FILMS, ["a"], d, diversity=0.0).items for d in ([], ["e"]))
    assert next(o.score for o in far if o.passage.id == "d") < next(o.score for o in near if o.passage.id == "d")


def test_two_tastes_do_not_become_their_middle() -> None:
    made = recommend(_points([[1, 0], [0, 1], [0.98, 0.02], [0.02, 0.98], [0.6, 0.5]]), ["a", "b"], k=2)
    assert {one.passage.id for one in made.items} == {"c", "d"} or made.items[0].passage.id == "e"
    assert {b.item for one in made.items for b in one.because} == {"a", "b"}


def test_diversity_keeps_twins_apart() -> None:
    assert _ids(["a"], k=2, diversity=0.0) == ["b", "c"]
    assert _ids(["a"], k=2, diversity=0.6)[1] != "c"


def test_the_newest_weighs_most() -> None:
    points = _points([[1, 0], [0, 1], [0.9, 0.1], [0.1, 0.9]])
    first = [recommend(points, order, half_life=0.5, k=1).items[0].passage.id for order in (["a", "b"], ["b", "a"])]
    assert first == ["d", "c"]


def test_what_is_excluded_is_not_shown() -> None:
    assert "b" not in _ids(["a"], exclude=["b"])
    assert set(_ids(["a"], where="year >= 1994")) == {"e", "f"}
    made = recommend(FILMS, ["a"], ["f"], exclude=["b"], where="year < 1994")
    assert (made.known, made.excluded) == (2, 2)
    assert {one.passage.id for one in made.items} == {"c", "d"}
    assert recommend(FILMS, ["a"], where="year > 3000").items == ()


def test_texts_and_items_can_be_given() -> None:
    made = recommend([Item("x", "one"), Item("y", "two"), Item("z", "three")], ["x"], model=Hashed())
    assert {one.passage.id for one in made.items} == {"y", "z"}


def test_what_cannot_be_recommended() -> None:
    for wrong, match in (
        ({"liked": []}, "nothing is liked"),
        ({"liked": ["q"]}, "no item 'q'"),
        ({"liked": "a"}, "wanted a list"),
        ({"liked": ["a"], "k": 0}, "k is 0"),
        ({"liked": ["a"], "half_life": 0}, "half_life is 0"),
        ({"liked": ["a"], "diversity": 2}, "diversity is 2"),
        ({"liked": ["a"], "exclude": ["q"]}, "no item 'q'"),
    ):
        with pytest.raises(InputError, match=match):
            recommend(FILMS, **wrong)


def test_scores_are_sums_of_their_parts() -> None:
    rng = np.random.default_rng(0)
    units = rng.standard_normal((30, 8)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    weights = (0.5 ** np.arange(5)[::-1]).astype(np.float64)
    found, parts = scores(units, units[:5], weights, units[:0])
    assert found == pytest.approx(parts.sum(axis=1))
    assert ((parts != 0).sum(axis=1) <= 3).all()
    less, _ = scores(units, units[:5], weights, units[5:7])
    assert (less <= found + 1e-9).all()


def test_the_order_of_marginal_relevance() -> None:
    units = np.eye(3, dtype=np.float32)[[0, 0, 1, 2]]
    assert list(mmr(np.array([1.0, 0.9, 0.5, 0.4]), units, 0.0)) == [0, 1, 2, 3]
    assert list(mmr(np.array([1.0, 0.9, 0.5, 0.4]), units, 0.5)) == [0, 2, 3, 1]
    assert list(mmr(np.array([1.0, 1.0]), units[:2], 0.3)) == [0, 1]  # ties: the first
    assert list(mmr(np.empty(0), units[:0], 0.3)) == []
    assert sorted(mmr(np.random.default_rng(0).random(4), units, 1.0)) == [0, 1, 2, 3]  # all, once
    with pytest.raises(InputError, match="diversity is -1"):
        mmr(np.array([1.0]), units[:1], -1)


def test_a_file_is_named_as_it_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("bread", "taps"):
        (tmp_path / f"{name}.txt").write_text(name)
    monkeypatch.chdir(tmp_path)
    with Collection(tmp_path / "c", model=Hashed()) as made:
        made.add(tmp_path / "bread.txt", tmp_path / "taps.txt")
        found = recommend(made, ["bread.txt"])
    assert [one.passage.title for one in found.items] == ["taps"]
