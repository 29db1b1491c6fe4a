"""`likewise calibrate` and `likewise verify-pairs`: what is printed, written and refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command

WORDS = ["river", "bank", "water", "fish", "boat", "stone", "bridge", "rain", "cloud", "storm", "wind", "leaf", "tree"]
WORDS += ["root", "seed", "soil", "farm", "cow", "milk", "bread"]


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Pairs of texts that share words where they match."""
    rng = np.random.default_rng(0)
    rows = ["a,b,match"]
    for at in range(80):
        left = rng.permutation(len(WORDS))
        right = np.concatenate([left[:5], left[8:9]]) if at % 2 else left[10:16]
        rows.append(f"{' '.join(WORDS[i] for i in left[:6])} {at},{' '.join(WORDS[i] for i in right)},{at % 2}")
    (tmp_path / "pairs.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "pairs.csv"


def test_a_calibration_is_made_and_taken(likewise: Command, tiny: Path, pairs: Path, tmp_path: Path) -> None:
    ran = likewise("calibrate", pairs, "--model", tiny, "--to", tmp_path / "c.json", "--prior", "0.1")
    assert ran.code == 0
    assert "80, of which 40 match (50.0%); curve: logistic" in ran.out
    assert "10.00% of pairs match where it is used" in ran.out
    assert "held out  80 pairs: Brier" in ran.out
    assert json.loads((tmp_path / "c.json").read_text())["pairs"] == 80
    (tmp_path / "new.csv").write_text("a,b\nriver bank water fish,river bank water fish\nriver bank,cow milk bread\n")
    words = ("verify-pairs", "--calibration", tmp_path / "c.json", "--check", tmp_path / "new.csv", "--model", tiny)
    ran = likewise(*words, "--json")
    assert ran.code == 0
    assert [one["verdict"] for one in ran.json["decided"]] == ["same", "different"]
    assert ran.json["told"] is None


def test_verify_pairs_prints_errors_and_writes_files(
    likewise: Command, tiny: Path, pairs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "v.json"
    ran = likewise("verify-pairs", pairs, "--model", tiny, "--to", out, "--det", tmp_path / "d.svg", "--at", "fmr=0.1")
    assert ran.code == 0
    for piece in ("same from cosine", "(fmr=0.1)", "EER", "on them", "held out", "written to", "DET curve in"):
        assert piece in ran.out
    assert json.loads(out.read_text())["rule"] == "fmr=0.1"
    ran = likewise("verify-pairs", pairs, "--model", tiny, "--json")
    told = ran.json["told"]
    assert told["pairs"] == 80
    assert told["eer"]["low"] <= told["eer"]["mean"] <= told["eer"]["high"]


def test_a_field_of_a_table_makes_pairs(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    rows = [f"{'river bank' if at % 2 else 'cow milk'} {WORDS[at]},{at % 2}" for at in range(16)]
    (tmp_path / "t.csv").write_text("text,topic\n" + "\n".join(rows) + "\n")
    ran = likewise("verify-pairs", "--in", tmp_path / "t.csv", "--by", "topic", "--model", tiny, "--json")
    assert ran.code == 0
    assert (ran.json["told"]["pairs"], ran.json["told"]["matches"]) == (120, 56)
    ran = likewise("calibrate", "--in", tmp_path / "t.csv", "--by", "topic", "--model", tiny, "--json")
    assert ran.json["matches"] == 56


def test_what_cannot_be_compared_is_named(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,text\np,river bank\nq,river bank water\nr,cow milk\n")
    (tmp_path / "p.csv").write_text("a,b,match\np,q,1\np,r,0\np,gone,0\nq,r,0\n")
    ran = likewise("calibrate", tmp_path / "p.csv", "--in", tmp_path / "t.csv", "--model", tiny)
    assert ran.code == 1
    assert "the source has no 'gone'" in ran.err
    assert "3, of which 1 match" in ran.out


@pytest.mark.parametrize("command", ["calibrate", "verify-pairs"])
def test_wrong_usage(likewise: Command, tiny: Path, tmp_path: Path, command: str) -> None:
    assert likewise(command).code == 2
    assert likewise(command, tmp_path / "gone.csv", "--model", tiny).code == 2
    (tmp_path / "p.csv").write_text("x,y\n1,2\n")
    ran = likewise(command, tmp_path / "p.csv", "--model", tiny)
    assert ran.code == 2
    assert "columns: 'x', 'y'" in ran.err
    assert likewise(command, tmp_path / "p.csv", "--by", "x").code == 2
    ran = likewise(command, tmp_path / "gone.csv", "--model", tiny, "--to", tmp_path / "no" / "c.json")
    assert (ran.code, "there is no folder" in ran.err) == (2, True)
    ran = likewise(command, tmp_path / "gone.csv", "--model", tiny, "--seed", "-1")
    assert (ran.code, "seed is -1, wanted a whole number from 0 on" in ran.err) == (2, True)


def test_the_folder_of_a_file_makes_pairs(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    for name in ("river", "bread", "cloud"):
        (tmp_path / "files" / name).mkdir(parents=True)
        for at in range(3):
            (tmp_path / "files" / name / f"{at}.txt").write_text(f"{name} {at}")
    ran = likewise("calibrate", "--in", tmp_path / "files", "--by", "folder", "--model", tiny, "--json")
    assert (ran.code, ran.json["pairs"], ran.json["matches"]) == (0, 36, 9)


def test_a_det_curve_needs_labels(likewise: Command, tiny: Path, pairs: Path, tmp_path: Path) -> None:
    assert likewise("calibrate", pairs, "--model", tiny, "--to", tmp_path / "c.json").code == 0
    (tmp_path / "new.csv").write_text("a,b\nriver,river\n")
    words = ("--calibration", tmp_path / "c.json", "--check", tmp_path / "new.csv", "--model", tiny)
    assert likewise("verify-pairs", *words, "--det", tmp_path / "d.svg").code == 2
    assert likewise("verify-pairs", pairs, *words).code == 2
