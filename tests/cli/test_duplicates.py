"""`likewise duplicates`: what is printed, written and deleted, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from likewise.apps._calibration import Calibration
from likewise.collection import Collection
from likewise.encoders import load
from likewise.types import Item, Role
from tests.apps.test_duplicates import TEXTS
from tests.cli.conftest import Command
from tests.hashed import Hashed


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "notes.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "text", "year"), *((f"n{n}", text, 2000) for n, text in enumerate(TEXTS))])
    return path


def test_a_table_is_shown_and_what_stays_is_written(likewise: Command, table: Path, tiny: Path, tmp_path: Path) -> None:
    words = ("duplicates", table, "--model", tiny, "--level", "exact", "--level", "near")
    ran = likewise(*words, "--json")
    assert ran.code == 0
    assert (ran.json["gone"], sorted(ran.json["items"]), ran.json["deleted"]) == (3, ["n1", "n2", "n3"], 0)
    assert {twin["how"] for group in ran.json["groups"] for twin in group["twins"]} == {"exact", "near"}
    ran = likewise(*words, "--to", tmp_path / "kept.jsonl", "--show", "1")
    assert "3 of 6 may go (1 exact, 2 near, 0 semantic) in 2 groups" in ran.out
    assert "... and 1 more" in ran.out
    rows = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["n0", "n4", "n5"]
    assert rows[0] == {"id": "n0", "text": TEXTS[0], "year": "2000"}


def test_leakage_is_named(likewise: Command, table: Path, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text(f"{TEXTS[5]}\nSomething else\n")
    ran = likewise("duplicates", table, "--against", tmp_path / "test.txt", "--model", tiny, "--level", "near")
    assert ran.code == 0
    assert f"1 of 6 stand in {tmp_path / 'test.txt'} too" in ran.out


def test_vectors_alone(likewise: Command, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.array([[1, 0], [0, 1], [1, 0.01], [1, 0]], np.float32))
    ran = likewise("duplicates", tmp_path / "v.npy", "--threshold", "0.95", "--json")
    assert [[twin["how"] for twin in group["twins"]] for group in ran.json["groups"]] == [["exact", "semantic"]]


def test_a_calibration_tells_the_threshold(likewise: Command, table: Path, tiny: Path, tmp_path: Path) -> None:
    curve = np.array([0.0, 1.0])
    space = load(tiny).space
    for name, cosines, cut in (("even", [0.8, 1.0], None), ("cut", [0.8, 1.0], 0.999), ("never", [-1.0, -0.5], None)):
        sides: tuple[Role, Role] = ("document", "document")
        made = Calibration(space, sides, "platt", 10, 5, np.array(cosines), curve, curve, curve, cut)
        made.save(tmp_path / f"{name}.json")
    words = ("duplicates", table, "--model", tiny, "--level", "semantic", "--json")
    even = likewise(*words, "--calibration", tmp_path / "even.json").json["gone"]
    assert even == likewise(*words, "--threshold", "0.9").json["gone"]
    assert even > likewise(*words, "--calibration", tmp_path / "cut.json").json["gone"]
    ran = likewise(*words, "--calibration", tmp_path / "never.json")
    assert (ran.code, "give --threshold" in ran.err) == (2, True)
    ran = likewise(*words, "--calibration", tmp_path / "cut.json", "--threshold", "0.9")
    assert (ran.code, "give one" in ran.err) == (2, True)


def test_items_are_deleted_only_when_asked(likewise: Command, tmp_path: Path, tiny: Path) -> None:
    made = tmp_path / "c"
    with Collection(made, model=tiny) as kept:
        kept.add([Item(f"n{n}", text) for n, text in enumerate(TEXTS)])
    ran = likewise("duplicates", made, "--level", "exact", "--level", "near")
    assert ran.code == 0
    assert "nothing was deleted; --delete would take 3 items" in ran.err
    ran = likewise("duplicates", made, "--per-item", "--level", "exact", "--level", "near", "--delete")
    assert "3 items deleted" in ran.out
    with Collection(made) as kept:
        assert sorted(entry.id for entry in kept.items()) == ["n0", "n4", "n5"]
    assert likewise("duplicates", made, "--level", "exact", "--delete", "--json").json["deleted"] == 0


def test_what_cannot_be_meant(likewise: Command, table: Path, tmp_path: Path, tiny: Path) -> None:
    ran = likewise("duplicates", table, "--model", tiny, "--delete")
    assert (ran.code, "--delete is for collections" in ran.err) == (2, True)
    ran = likewise("duplicates", table, "--delete", "--where", "year > 1")
    assert (ran.code, "leave --where out" in ran.err) == (2, True)
    ran = likewise("duplicates", table, "--model", tiny, "--threshold", "2")
    assert (ran.code, "threshold is 2.0" in ran.err) == (2, True)
    ran = likewise("duplicates", table, "--model", tiny, "--to", tmp_path / "x.pdf")
    assert (ran.code, "is no table" in ran.err) == (2, True)
    assert likewise("duplicates", tmp_path / "gone.csv").code == 2
    ran = likewise("duplicates", tmp_path / "gone.npy", "--to", tmp_path / "t.csv")
    assert (ran.code, "--to writes the rows of a table" in ran.err) == (2, True)
    ran = likewise("duplicates", table, "--to", tmp_path / "no" / "t.csv")
    assert (ran.code, "there is no folder" in ran.err) == (2, True)


def test_an_item_of_several_kinds_stays(tmp_path: Path, likewise: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of a film beside its text is no twin of anything."""
    made = tmp_path / "c"
    with Collection(made, model=Hashed()) as kept:
        kept.add([Item("a", "bread"), Item("b", "bread")])
        entries = [type(e)(e.id, e.kind, e.state, e.reason, e.passages + 1, e.size, e.modified) for e in kept.items()]
    monkeypatch.setattr(Collection, "items", lambda self: iter(entries))
    ran = likewise("duplicates", made, "--level", "exact", "--delete")
    assert "kept: b: it holds more than text" in ran.err
    assert "0 items deleted" in ran.out
