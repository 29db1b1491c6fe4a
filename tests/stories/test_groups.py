"""Pictures are grouped as texts are: what is there twice, what belongs together, what a few examples tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from likewise.apps._words_of import shown, words_of
from likewise.apps.anomalies import anomalies
from likewise.apps.classify import classify
from likewise.apps.cluster import cluster
from likewise.apps.duplicates import duplicates
from likewise.collection import Collection
from likewise.types import Points
from tests.collection.coloured import Coloured, paint
from tests.hashed import Hashed

COLOURS = ("red", "green", "blue")


@pytest.fixture
def pictures(tmp_path: Path) -> Points:
    """Eight photos of each of three colours; the last is there twice."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for colour in COLOURS:
        for n in range(8):
            paint(folder / f"{colour}-{n}.png", colour, seed=n)
    (folder / "copy.png").write_bytes((folder / "blue-7.png").read_bytes())
    with Collection(tmp_path / "c", model=Hashed(), senses={"image": Coloured()}) as kept:
        kept.add(folder)
        return kept.points("image")


def test_pictures_are_grouped(pictures: Points) -> None:
    assert len(pictures) == 25
    assert all(words_of(passage) == "" for passage in pictures.passages)  # a file's name is nothing that it says
    assert shown(pictures.passages[0]).startswith(pictures.passages[0].id)
    found = duplicates(pictures, levels=["exact", "near"])
    assert {Path(item).name for item in found.items} <= {"copy.png", "blue-7.png"}
    assert found.gone == 1
    topics = cluster(pictures, method="kmeans", count=3)
    for topic in topics.topics:
        assert len({Path(passage.item).name[:2] for passage in topic.typical} - {"co"}) == 1
    assert anomalies(pictures, top=1).ranked[0].words == ()


def test_pictures_are_sorted_by_examples(pictures: Points) -> None:
    labels = [Path(p.item).name.partition("-")[0] for p in pictures.passages]
    rows = [row for row, label in enumerate(labels) if label in COLOURS]
    passages = tuple(
        replace(p, metadata={**p.metadata, "label": label}) for p, label in zip(pictures.passages, labels, strict=True)
    )
    made = replace(pictures.embeddings)
    examples = Points(
        tuple(passages[row] for row in rows),
        replace(
            made,
            ids=tuple(made.ids[row] for row in rows),
            vectors=made.vectors[rows],
            reports=tuple(made.reports[row] for row in rows),
        ),
    )
    found = classify(pictures, examples, method="nearest", abstain=0)
    assert [one.label for one in found.sorted] == [label if label in COLOURS else "blue" for label in labels]
