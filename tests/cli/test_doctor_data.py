"""`likewise doctor-data`: what is printed, written and refused."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Command

ROWS = """text,label
river bank water,nature
cow milk bread,food
river bank water,food
stone bridge rain,nature
butter and cheese,food
"""


def test_doctor_data(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(ROWS)
    (tmp_path / "test.csv").write_text("text,label\nstone bridge rain,nature\nsun and moon,sky\n")
    words = ("doctor-data", tmp_path / "train.csv", "--test", tmp_path / "test.csv", "--model", tiny)
    ran = likewise(*words, "--to", tmp_path / "rows.csv")
    assert ran.code == 1
    for piece in ("5 rows, 2 test rows", "MEND  duplicates", "MEND  conflicts", "MEND  leakage", "fine  vectors"):
        assert piece in ran.out
    assert (tmp_path / "rows.csv").read_text().startswith("check,id,other,score,why,leave_out\n")
    ran = likewise(*words, "--json", "--label", "label")
    assert not ran.json["ok"]
    assert ran.json["leave_out"] == ["3"]  # copies with two labels are for a person to judge
    assert {one["check"] for one in ran.json["findings"]} >= {"imbalance", "classes", "truncation"}


def test_clean_data_ends_with_0(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text\nriver bank water\ncow milk bread\n")
    ran = likewise("doctor-data", tmp_path / "t.csv", "--model", tiny)
    assert ran.code == 0
    assert "MEND" not in ran.out
    assert likewise("doctor-data").code == 2
    assert likewise("doctor-data", tmp_path / "gone.csv", "--model", tiny).code == 2
