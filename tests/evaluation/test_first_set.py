"""A first set out of a collection: titles find their items, headings their sections, and nothing gives them away."""

from __future__ import annotations

from pathlib import Path

import pytest

from likewise.collection import Collection
from likewise.errors import InputError
from likewise.evaluation import evaluate, read, save
from likewise.evaluation.first_set import first_set
from likewise.types import Item
from tests.hashed import Hashed

NOUNS = ["harbour", "oven", "violin", "garden", "bridge", "lantern", "museum", "river", "tunnel", "castle"]


def _notes(folder: Path) -> Path:
    """Ten pages with two sections each; every page has an introduction, whose heading names no one thing."""
    folder.mkdir()
    for noun in NOUNS:
        (folder / f"{noun}.md").write_text(
            f"# About the {noun}\n\nAll that is known of it.\n\n## Introduction here\n\nFirst words on {noun}.\n\n"
            f"## Repairing the {noun}\n\n" + 30 * f"Take tools and the {noun} apart. ",
            encoding="utf-8",
        )
    return folder


@pytest.fixture
def collection(tmp_path: Path, tiny: Path) -> Collection:
    made = Collection(tmp_path / "notes.likewise", model=tiny)
    made.add(_notes(tmp_path / "notes"))
    return made


def test_titles_and_headings_ask_for_what_stands_below_them(collection: Collection) -> None:
    with collection:
        made = first_set(collection)
        texts = {p.id: p.text for p in collection.points().passages}
    asked = sorted(str(query) for query in made.queries.values())
    assert asked == sorted([f"About the {n}" for n in NOUNS] + [f"Repairing the {n}" for n in NOUNS])
    for query, words in made.queries.items():
        noun = str(words).split()[-1]
        below = made.judged[query]
        assert below
        assert all(f"{noun}.md" in document for document in below)
        if str(words).startswith("Repairing"):
            assert all("Take tools" in texts[document] for document in below)
        assert all(str(words).casefold() not in str(text).casefold() for text in made.documents.values())
    assert "are no questions" in made.notes[0]


def test_the_same_seed_draws_the_same_and_limits_hold(collection: Collection) -> None:
    with collection:
        one, other = (first_set(collection, queries=12, documents=15, seed=3) for _ in range(2))
        third = first_set(collection, queries=12, documents=15, seed=4)
    assert (one.queries, one.documents, one.judged) == (other.queries, other.documents, other.judged)
    assert one.queries != third.queries
    assert len(one.queries) == 12
    answers = {d for true in one.judged.values() for d in true}
    assert answers <= set(one.documents)
    assert any("those that answer among them" in note for note in one.notes)


def test_it_is_saved_as_a_folder_of_beir(collection: Collection, tmp_path: Path) -> None:
    with collection:
        made = first_set(collection)
    (kept,) = read(save(made, tmp_path / "task"))
    once, again = next(evaluate(Hashed(), [made])), next(evaluate(Hashed(), [kept]))
    assert dict(once.scores) == dict(again.scores)
    assert "are no questions" in again.notes[0]
    with pytest.raises(InputError, match="exists; name a new folder"):
        save(made, tmp_path / "task")


def test_items_with_titles_ask_too(tmp_path: Path) -> None:
    with Collection(tmp_path / "c", model=Hashed()) as made:
        made.add(
            Item(str(n), f"What is said of {noun}.", metadata={"title": f"On the {noun}"})
            for n, noun in enumerate(NOUNS)
        )
        titles = {p.title for p in made.points().passages}
        assert titles == {f"On the {noun}" for noun in NOUNS}
        assert len(first_set(made).queries) == 10


def test_too_few_names_are_said(tmp_path: Path) -> None:
    with Collection(tmp_path / "c", model=Hashed()) as made:
        made.add(Item("a", "Words without a title."))
        with pytest.raises(InputError, match=r"only 0 titles and headings of .* write questions of your own"):
            first_set(made)
        with pytest.raises(InputError, match="wanted at least 10"):
            first_set(made, queries=0)
