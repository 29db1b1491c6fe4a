"""`likewise explain` and `likewise why-not`: what is printed and what is refused."""

from __future__ import annotations

from pathlib import Path

from likewise.collection import Collection
from likewise.types import Item
from tests.cli.conftest import Command


def test_explain_from_the_command_line(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    words = ("a new washer helps", "the old washer leaks")
    ran = likewise("explain", *words, "--model", tiny, "--top", "2")
    assert ran.code == 0
    assert ran.out.startswith("cosine ")
    assert ran.out.count("deletion test:") == 2
    assert "washer" in ran.out.splitlines()[3]
    ran = likewise("explain", *words, "--model", tiny, "--way", "tokens", "--json")
    assert (ran.json["way"], len(ran.json["left"]["pieces"])) == ("tokens", 4)
    assert ran.json["pairs"]
    with Collection(tmp_path / "c", model=tiny) as made:
        made.add(Item("tap", "The washer is worn. Bread is baked."))
    ran = likewise(
        "explain", "a washer", "tap", "--in", tmp_path / "c", "--unit", "sentence", "--query", "--seed", "1", "--json"
    )
    assert [p["text"] for p in ran.json["right"]["pieces"]] == ["The washer is worn.", "Bread is baked."]
    ran = likewise("explain", "a washer", "tab", "--in", tmp_path / "c")
    assert (ran.code, "has no text of an item 'a washer' or 'tab'" in ran.err) == (2, True)
    assert likewise("explain", "a", "b", "--in", tmp_path / "c", "--model", tiny).code == 2
    assert likewise("explain", "", "b", "--model", tiny).code == 2
    assert likewise("explain", "a", "b", "--model", tiny, "--top", "0").code == 2


def test_why_not_from_the_command_line(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    with Collection(tmp_path / "c", model=tiny) as made:
        made.add(Item("tap", "The washer is worn."), Item("bread", "Bread is baked hot."))
    ran = likewise("why-not", tmp_path / "c", "a worn washer", "bread", "-k", "1")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "bread")
    assert "far: its best passage is number 2 by meaning" in ran.out
    ran = likewise("why-not", tmp_path / "c", "bread", "bread", "--mode", "text", "--json")
    assert (ran.json["found"], ran.json["rank"], ran.json["by_meaning"]) == (True, 1, None)
    ran = likewise("why-not", tmp_path / "c", "bread", "bread", "--where", "year = 2020")
    assert "filtered: it does not pass" in ran.out
    assert likewise("why-not", tmp_path / "gone", "bread", "bread").code == 2
