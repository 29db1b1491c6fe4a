"""What a collection holds as points: every kind from its own shelf, filters, whole items."""

from pathlib import Path

import numpy as np
import pytest

from likewise.collection import Collection
from likewise.errors import CollectionError, InputError
from likewise.types import Item
from tests.collection.coloured import Coloured, paint
from tests.hashed import Hashed


def _made(tmp_path: Path) -> Collection:
    paint(tmp_path / "rose.png", "red")
    paint(tmp_path / "leaf.png", "green")
    made = Collection(tmp_path / "c", Hashed(), senses={"image": Coloured()})
    notes = [Item("a", "first", metadata={"year": 1}), Item("b", "second", metadata={"year": 2})]
    made.add(notes, tmp_path / "rose.png", tmp_path / "leaf.png")
    return made


def test_every_kind_comes_from_its_own_shelf(tmp_path: Path) -> None:
    with _made(tmp_path) as c:
        texts = c.points()
        assert [p.text for p in texts.passages] == ["first", "second"]
        np.testing.assert_array_equal(texts.vectors, c.encoder.encode(["first", "second"]).vectors)
        pictures = c.points("image")
        assert {Path(p.item).name for p in pictures.passages} == {"rose.png", "leaf.png"}
        assert pictures.space.id != texts.space.id
        np.testing.assert_allclose(np.linalg.norm(pictures.units, axis=1), 1, atol=1e-6)
        with pytest.raises(InputError, match="'audio' is kept here; there is text, image"):
            c.points("audio")


def test_filters_narrow_and_nothing_is_told(tmp_path: Path) -> None:
    with _made(tmp_path) as c:
        assert [p.id[:1] for p in c.points(where="year = 2").passages] == ["b"]
        with pytest.raises(InputError, match="no text is kept here that passes the filter"):
            c.points(where="year = 3")
    with pytest.raises(CollectionError, match="there is no collection"):
        Collection(tmp_path / "none").points()


def test_an_item_is_the_mean_of_its_pieces(tmp_path: Path) -> None:
    text = "\n\n".join(f"Paragraph {n} of a long text that needs several passages. " * 8 for n in range(12))
    (tmp_path / "long.txt").write_text(text)
    with Collection(tmp_path / "c", Hashed()) as c:
        c.add(Item("one", "one"), tmp_path / "long.txt")
        pieces, items = c.points(), c.points(per_item=True)
        assert len(pieces) > 3
        assert {p.id for p in items.passages} == {"one", str(tmp_path / "long.txt")}
        row = [p.id for p in items.passages].index(str(tmp_path / "long.txt"))
        own = [p.item == str(tmp_path / "long.txt") for p in pieces.passages]
        np.testing.assert_allclose(items.vectors[row], pieces.units[own].mean(axis=0), atol=1e-6)
        assert items.passages[row].text.split() == text.split()
