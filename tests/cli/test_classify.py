"""`likewise classify`: tickets in, labelled tickets out, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from likewise.apps._calibration import Calibration
from likewise.collection import Collection
from likewise.encoders import load
from likewise.types import Item
from tests.cli.conftest import Command

LABELLED = [(f"{word} number {n}", word) for word in ("bread", "planets") for n in range(6)]


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    tickets, labelled = tmp_path / "tickets.csv", tmp_path / "labelled.csv"
    with tickets.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("id", "body", "year"), *((f"t{n}", text, 2000) for n, (text, _) in enumerate(LABELLED))]
        )
    with labelled.open("w", newline="") as file:
        csv.writer(file).writerows([("body", "kind"), *LABELLED])
    return tickets, labelled


def test_tickets_are_labelled(likewise: Command, tables: tuple[Path, Path], tiny: Path, tmp_path: Path) -> None:
    tickets, labelled = tables
    words = ("classify", tickets, "--column", "body", "--examples", labelled, "--label", "kind", "--model", tiny)
    ran = likewise(*words, "--abstain", "0", "--json")
    assert ran.code == 0
    assert [one["label"] for one in ran.json["sorted"]] == [label for _, label in LABELLED]  # its own examples
    assert ran.json["grades"]["rows"] == 12
    assert ran.json["calibrated"] is True
    assert ran.json["sorted"][3]["like"] == "3"
    out = tmp_path / "sorted.jsonl"
    ran = likewise(*words, "--to", out, "--show", "1", "--method", "nearest")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["id"], row["year"]) for row in rows] == [(f"t{n}", "2000") for n in range(12)]
    assert {"label", "probability", "likeliest", "score"} <= set(rows[0])
    assert "cross-validated on 12 examples of 2 classes by nearest" in ran.out


def test_descriptions_alone(likewise: Command, tables: tuple[Path, Path], tiny: Path, tmp_path: Path) -> None:
    tickets, _ = tables
    classes = tmp_path / "classes.csv"
    classes.write_text("label,description\nfood,bread number\n")
    words = ("classify", tickets, "--column", "body", "--model", tiny, "--classes", classes, "--class", "space=planets")
    ran = likewise(*words, "--json")
    assert (ran.json["classes"], ran.json["method"], ran.json["grades"]) == (["food", "space"], "zero-shot", None)
    assert "probabilities are not calibrated" in likewise(*words).err
    ran = likewise(*words, "--bound", "2")
    assert "0 of 12 labelled, 12 abstained" in ran.out
    assert "(none; " in ran.out


def test_a_calibration_tells_the_bound(
    likewise: Command, tables: tuple[Path, Path], tiny: Path, tmp_path: Path
) -> None:
    curve = np.array([0.0, 1.0])
    space = load(tiny).space
    made = Calibration(space, ("document", "document"), "platt", 10, 5, np.array([-1.0, 1.0]), curve, curve, curve)
    made.save(tmp_path / "calibration.json")
    words = ("classify", tables[0], "--column", "body", "--model", tiny, "--class", "bread", "--class", "planets")
    ran = likewise(*words, "--calibration", tmp_path / "calibration.json", "--json")
    assert "below a cosine of 0.0000" in ran.json["abstains"]
    ran = likewise(*words, "--calibration", tmp_path / "calibration.json", "--examples", tables[1], "--label", "kind")
    assert (ran.code, "descriptions alone" in ran.err) == (2, True)


def test_what_cannot_be_meant(likewise: Command, tables: tuple[Path, Path], tiny: Path) -> None:
    tickets, labelled = tables
    ran = likewise("classify", tickets, "--column", "body", "--model", tiny)
    assert (ran.code, "there are 0 classes" in ran.err) == (2, True)
    ran = likewise("classify", tickets, "--column", "body", "--examples", labelled, "--model", tiny)
    assert (ran.code, "has no label" in ran.err) == (2, True)


def test_a_collection_remembers_the_model_of_its_own(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    """No other place tells where a model of one's own lies, and nothing is fetched."""
    with Collection(tmp_path / "c", model=tiny) as made:
        made.add(Item("a", "bread number one"), Item("b", "planets"))
    classes = ("--class", "bread number", "--class", "planets")
    ran = likewise("classify", tmp_path / "c", *classes, "--json")
    assert (ran.code, [one["label"] for one in ran.json["sorted"]]) == (0, ["bread number", "planets"])


def test_the_folder_of_a_file_is_a_label(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    for name, texts in {"food": ("bread", "more bread"), "space": ("planets", "many planets")}.items():
        (tmp_path / "files" / name).mkdir(parents=True)
        for at, text in enumerate(texts):
            (tmp_path / "files" / name / f"{at}.txt").write_text(text)
    with Collection(tmp_path / "c", model=tiny) as made:
        made.add(tmp_path / "files")
    words = ("classify", tmp_path / "c", "--examples", tmp_path / "c", "--label", "folder", "--method", "nearest")
    ran = likewise(*words, "--abstain", "0", "--json")
    assert (ran.code, ran.json["classes"]) == (0, ["food", "space"])
    assert all(Path(one["item"]).parent.name == one["likeliest"] for one in ran.json["sorted"])


def test_a_calibration_that_no_cosine_meets(
    likewise: Command, tables: tuple[Path, Path], tiny: Path, tmp_path: Path
) -> None:
    low = np.array([0.0, 0.2])
    made = Calibration(load(tiny).space, ("document", "document"), "platt", 10, 1, np.array([-1.0, 1.0]), low, low, low)
    made.save(tmp_path / "c.json")
    words = ("classify", tables[0], "--column", "body", "--model", tiny, "--class", "bread", "--class", "planets")
    ran = likewise(*words, "--calibration", tmp_path / "c.json")
    assert (ran.code, "gives no bound" in ran.err) == (2, True)
