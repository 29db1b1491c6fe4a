"""The best sentence of an answer: by meaning, by words, and where there is nothing to choose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.apps.search import search
from likewise.collection import Collection
from likewise.errors import FilterError, InputError
from likewise.types import Item

TEXT = "The kitchen is painted white. Replace the washer to stop the leak. Bread is baked in the oven."


@pytest.fixture
def collection(tiny: Path, tmp_path: Path) -> Iterator[Collection]:
    with Collection(tmp_path / "c.likewise", model=tiny) as made:
        made.add(Item("house", TEXT), Item("short", "One washer only"), Item("space", "Jupiter has many moons."))
        yield made


@pytest.mark.parametrize("mode", ["hybrid", "dense", "text"])
def test_the_best_sentence_is_found(collection: Collection, mode: str) -> None:
    answers = search(collection, "washer stop leak", k=2, mode=mode)  # type: ignore[arg-type]
    best = {answer.hit.item: answer.best for answer in answers}
    assert best["house"] is not None
    assert best["house"].text == "Replace the washer to stop the leak."
    assert TEXT[best["house"].start : best["house"].end] == best["house"].text
    assert best["short"] is not None
    assert best["short"].text == "One washer only"


def test_the_hits_are_those_of_the_collection(collection: Collection) -> None:
    answers = search(collection, "moons", k=3)
    hits = collection.search("moons", k=3)
    assert [answer.hit for answer in answers] == list(hits)
    assert (answers.how, len(answers), answers[0].hit) == (hits.how, 3, hits[0])


def test_nothing_found_is_an_empty_answer(collection: Collection) -> None:
    assert len(search(collection, "zzyzx", mode="text")) == 0


def test_words_need_no_model(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the model was loaded")

    with Collection(collection.path) as again:
        monkeypatch.setattr("likewise.collection.collection.load", never)
        assert search(again, "washer", mode="text")[0].best is not None


def test_errors_are_those_of_the_collection(collection: Collection) -> None:
    with pytest.raises(FilterError):
        search(collection, "x", where="year >=")
    with pytest.raises(InputError, match="k is 0"):
        search(collection, "x", k=0)
