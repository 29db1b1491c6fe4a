"""Zero-shot labels: names of classes against pictures, sounds and texts, by the rule of the model's makers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from likewise.apps.label import label
from likewise.encoders import Logits, load
from likewise.errors import InputError
from likewise.types import Item
from tests.collection.coloured import Coloured, Pitched, paint
from tests.encoders.test_extractor import _image
from tests.golden.seen import write

CLASSES = ("red", "green", "blue")


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    return [paint(tmp_path / f"{colour}.png", colour) for colour in CLASSES]


def test_pictures_are_named_by_words(photos: list[Path]) -> None:
    found = label(photos, CLASSES, model=Coloured(), top=3)
    assert [one.classes[0][0] for one in found.labelled] == list(CLASSES)
    for one in found.labelled:
        assert sum(score for _, score in one.classes) == pytest.approx(1.0, abs=1e-5)
        assert [score for _, score in one.classes] == sorted((score for _, score in one.classes), reverse=True)
    assert "softmax of 100 x cosine" in found.rule
    assert "the model says none" in found.rule


def test_templates_are_averaged(photos: list[Path]) -> None:
    told = label(photos, CLASSES, model=Coloured(), templates=["a photo of {}", "{} blue blue"], top=1)
    assert told.labelled[2].classes[0][0] == "blue"
    model = Coloured(scale=5.0)
    alone = label(photos, CLASSES, model=model, templates=["a photo of {}"], top=3).labelled[0]
    both = label(photos, CLASSES, model=model, templates=["a photo of {}", "{} green"], top=3).labelled[0]
    assert label(photos, CLASSES, model=model).rule == "softmax of 5 x cosine"
    assert dict(alone.classes)["red"] > dict(both.classes)["red"]


def test_scores_are_the_makers(tmp_path: Path) -> None:
    cosines = np.array([[0.3, 0.1, -0.2]], dtype=np.float32)
    softmax = Logits(50.0).scores(cosines)[0]
    wanted = np.exp(50 * cosines[0].astype(np.float64))
    np.testing.assert_allclose(softmax, wanted / wanted.sum(), rtol=1e-5)
    sigmoid = Logits(50.0, -10.0, each=True).scores(cosines)[0]
    np.testing.assert_allclose(sigmoid, 1 / (1 + np.exp(10 - 50 * cosines[0].astype(np.float64))), rtol=1e-5)
    clip, siglip = (load(write(tmp_path / name, name), precision="fp32").logits for name in ("clip", "siglip"))
    assert clip is not None
    assert (clip.bias, clip.each, str(clip).startswith("softmax")) == (0.0, False, True)
    assert siglip is not None
    assert (siglip.each, str(siglip).startswith("sigmoid")) == (True, True)
    assert load(write(tmp_path / "vit", "vit"), precision="fp32").logits is None


def test_items_files_and_what_cannot_be_read(photos: list[Path], tmp_path: Path) -> None:
    (tmp_path / "note.pdf").write_bytes(b"%PDF-1.7\nnot really")
    (tmp_path / "half.png").write_bytes(photos[0].read_bytes()[:40])
    inside = Item("mine", np.full((5, 5, 3), (0, 0, 255), np.uint8), "image")
    given: list[Path | Item] = [
        photos[0],
        tmp_path / "absent.png",
        tmp_path / "half.png",
        tmp_path / "note.pdf",
        inside,
    ]
    found = label(given, CLASSES, model=Coloured(), top=1).labelled
    assert [Path(one.id).name for one in found] == ["red.png", "absent.png", "half.png", "note.pdf", "mine"]
    assert [bool(one.error) for one in found] == [False, True, True, True, False]
    assert found[1].error.startswith("vanished")
    assert (found[0].classes[0][0], found[4].classes[0][0]) == ("red", "blue")


def test_texts_are_named_too(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("red red red")
    found = label([tmp_path / "note.txt", Item("x", "all blue")], CLASSES, model=Coloured(), top=1).labelled
    assert [one.classes[0][0] for one in found] == ["red", "blue"]


def test_a_network_with_labels_names_its_own(tmp_path: Path, photos: list[Path]) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    model = load(_image(folder))
    found = label(photos, model=model, top=2)
    assert [one.classes[0][0] for one in found.labelled[:2]] == ["red", "green, light"]
    assert found.rule == "scores of own itself"
    assert label(photos, ["red"], model=model).labelled[0].classes[0][0] == "red"
    with pytest.raises(InputError, match="no class 'rd'; there are 2, such as red"):
        label(photos, ["rd"], model=model)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"classes": ()}, "no class is named"),
        ({"classes": ("red", "red")}, "named twice"),
        ({"classes": ("red", " ")}, "none of them empty"),
        ({"classes": CLASSES, "templates": ["a photo"]}, "must hold {} once"),
        ({"classes": CLASSES, "top": 0}, "top is 0"),
        ({"classes": CLASSES, "model": Pitched()}, "knows no words"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, object], why: str) -> None:
    with pytest.raises(InputError, match=why):
        label([], **({"model": Coloured()} | asked))  # type: ignore[arg-type]


def test_a_place_of_a_piece_is_kept() -> None:
    item = Item("a", np.zeros((2, 2, 3), np.uint8), "image")
    found = label([item, replace(item, id="b")], CLASSES, model=Coloured(), pieces=True, top=1).labelled
    assert [one.id for one in found] == ["a", "b"]
