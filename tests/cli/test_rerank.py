"""`likewise search --rerank`: the order and the scores are the reranker's."""

from __future__ import annotations

from pathlib import Path

import pytest

from likewise import Collection, Item, load_reranker
from tests.cli.conftest import Command
from tests.golden.outputs import write


@pytest.fixture(scope="module")
def reranker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("rerank") / "pairs", "pair-bert")


def test_answers_are_ordered_anew(likewise: Command, tiny: Path, tmp_path: Path, reranker: Path) -> None:
    place = tmp_path / "c.likewise"
    texts = {"a": "the tap drips", "b": "bread is baked", "c": "jupiter has moons"}
    with Collection(place, model=tiny) as collection:
        collection.add(*(Item(name, text) for name, text in texts.items()))
    ran = likewise("search", place, "drips", "--rerank", reranker, "-k", "2", "--json")
    assert ran.code == 0
    wanted = load_reranker(reranker).rerank("drips", list(texts.values()), k=2)
    assert [hit["source"] for hit in ran.json] == [list(texts)[ranked.index] for ranked in wanted]
    assert [hit["score"] for hit in ran.json] == pytest.approx([ranked.score for ranked in wanted], abs=1e-6)


def test_what_is_no_reranker_is_told(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    place = tmp_path / "c.likewise"
    with Collection(place, model=tiny) as collection:
        collection.add(Item("a", "the tap drips"))
    ran = likewise("search", place, "drips", "--rerank", tiny)
    assert ran.code == 2
    assert "reranker" in ran.err
    assert likewise("search", place, "drips", "--rerank", tiny, "--depth", "0").code == 2
