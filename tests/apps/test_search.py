"""The best sentence of an answer: by meaning, by words, and where there is nothing to choose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.apps.search import search
from likewise.collection import Collection
from likewise.encoders import load_reranker
from likewise.encoders.text.reranker import Reranker
from likewise.errors import FilterError, InputError
from likewise.types import Item
from tests.golden.outputs import write

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


@pytest.fixture(scope="module")
def reranker(tmp_path_factory: pytest.TempPathFactory) -> Reranker:
    return load_reranker(write(tmp_path_factory.mktemp("pairs") / "pairs", "pair-bert"), precision="fp32")


def test_a_reranker_orders_the_hits_anew(collection: Collection, reranker: Reranker) -> None:
    hits = collection.search("moons", k=3)
    wanted = reranker.rerank("moons", [hit.text for hit in hits])
    answers = search(collection, "moons", k=2, reranker=reranker)
    assert [answer.hit.id for answer in answers] == [hits[ranked.index].id for ranked in wanted[:2]]
    assert [answer.hit.score for answer in answers] == pytest.approx([ranked.score for ranked in wanted[:2]], abs=1e-6)
    assert answers.how.way == f"{hits.how.way}, reranked"
    assert answers[0].best is not None


def test_a_reranker_reads_no_deeper_than_asked(collection: Collection, reranker: Reranker) -> None:
    first = collection.search("moons", k=1)[0]
    answers = search(collection, "moons", k=1, reranker=reranker, depth=1)
    assert [answer.hit.id for answer in answers] == [first.id]
    assert len(search(collection, "moons", k=3, reranker=reranker, depth=1)) == 3
    assert len(search(collection, "zzyzx", mode="text", reranker=reranker)) == 0
    with pytest.raises(InputError, match="depth is 0"):
        search(collection, "x", reranker=reranker, depth=0)


def test_nothing_found_is_an_empty_answer(collection: Collection) -> None:
    assert len(search(collection, "zzyzx", mode="text")) == 0


def test_words_need_no_model(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the model was loaded")

    with Collection(collection.path) as again:
        monkeypatch.setattr("likewise.collection.shelf.load", never)
        assert search(again, "washer", mode="text")[0].best is not None


def test_errors_are_those_of_the_collection(collection: Collection) -> None:
    with pytest.raises(FilterError):
        search(collection, "x", where="year >=")
    with pytest.raises(InputError, match="k is 0"):
        search(collection, "x", k=0)
