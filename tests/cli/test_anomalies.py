"""`likewise anomalies`: what is printed and written, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.conftest import Command

TICKETS = [f"my parcel number {n} is late" for n in range(12)]


def _table(path: Path, *texts: str) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "year"), *((text, 2000) for text in texts)])
    return path


def test_reasons_and_a_table(likewise: Command, tmp_path: Path, tiny: Path) -> None:
    table = _table(tmp_path / "t.csv", *TICKETS, "photosynthesis of ferns")
    out = tmp_path / "judged.csv"
    ran = likewise("anomalies", table, "--model", tiny, "-k", "3", "--top", "13", "--to", out, "--json")
    assert (ran.code, ran.json["points"], len(ran.json["ranked"])) == (0, 13, 13)
    odd = next(one for one in ran.json["ranked"] if one["id"] == "12")
    assert odd["words"] == ["photosynthesis", "ferns"]
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == [*TICKETS, "photosynthesis of ferns"]
    assert [float(row["score"]) for row in rows].index(max(float(r["score"]) for r in rows)) == int(
        ran.json["ranked"][0]["id"]
    )
    flagged = {one["id"] for one in ran.json["ranked"] if one["flagged"]}
    assert {str(at) for at, row in enumerate(rows) if row["anomaly"] == "yes"} == flagged
    ran = likewise("anomalies", table, "--model", tiny, "--top", "1")
    assert "words that stand nowhere else" in ran.out or "nearest neighbour" in ran.out
    assert "stand out (!): score above" in ran.out


def test_beside_what_is_normal(likewise: Command, tmp_path: Path, tiny: Path) -> None:
    normal, new = _table(tmp_path / "n.csv", *TICKETS), _table(tmp_path / "s.csv", "photosynthesis of ferns")
    ran = likewise("anomalies", new, "--normal", normal, "--model", tiny, "--alarms", "0.1", "--json")
    assert ran.json["ranked"][0]["p"] is not None
    assert ran.json["rule"] == "at most 10.00% of 12 normal points stand out as much"
    ran = likewise("anomalies", new, "--model", tiny)
    assert (ran.code, "too few" in ran.err) == (2, True)
