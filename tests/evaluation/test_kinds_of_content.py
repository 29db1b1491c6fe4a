"""Tasks are of any content that an encoder takes: pictures found by words, and named by words."""

from __future__ import annotations

import numpy as np

from likewise.evaluation import evaluate
from likewise.evaluation.tasks.retrieval import Retrieval
from likewise.evaluation.tasks.zero_shot import ZeroShot
from likewise.types import Item
from tests.collection.coloured import COLOURS, Coloured


def _picture(name: str, colour: str, seed: int) -> Item:
    noise = np.random.default_rng(seed).integers(-9, 10, (8, 8, 3))
    return Item(name, np.clip(np.array(COLOURS[colour]) + noise, 0, 255).astype(np.uint8), "image")


PICTURES = {
    f"{colour} {n}": _picture(f"{colour} {n}", colour, n) for colour in ("red", "green", "blue") for n in range(3)
}


def test_words_find_pictures() -> None:
    judged = {
        colour: {name: 1.0 for name in PICTURES if name.startswith(colour)} for colour in ("red", "green", "blue")
    }
    asked = {colour: f"something {colour}" for colour in judged}
    (found,) = evaluate(Coloured(), [Retrieval("colours", PICTURES, asked, judged)])
    assert found.score == 1.0
    assert found.scores["precision_at_3"] == 1.0


def test_words_name_pictures_and_a_picture_that_fails_is_told() -> None:
    thin = Item("thin", np.zeros((1, 8, 3), np.uint8), "image")
    labels = [name.split()[0] for name in PICTURES]
    task = ZeroShot(
        "colours", [*PICTURES.values(), thin], [*labels, "blue"], {c: f"it is {c}" for c in ("red", "green", "blue")}
    )
    (found,) = evaluate(Coloured(), [task])
    assert found.score == 0.9
    assert [(report.id, report.error) for report in found.refused] == [("thin", "it is one pixel high")]
