"""`likewise cluster`: what is printed and written, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.apps.test_cluster import _planted
from tests.cli.conftest import Command


def test_vectors_become_topics(likewise: Command, tmp_path: Path) -> None:
    vectors, labels = _planted(each=30)
    np.save(tmp_path / "v.npy", vectors)
    ran = likewise("cluster", tmp_path / "v.npy", "--to", tmp_path / "topics.csv", "--json")
    assert (ran.code, len(ran.json["topics"])) == (0, 4)
    with (tmp_path / "topics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["topic"]) for row in rows] == list(ran.json["groups"].values())
    pairs = {(label, int(row["topic"])) for label, row in zip(labels, rows, strict=True) if row["topic"] != "-1"}
    assert len(pairs) == 4
    ran = likewise("cluster", tmp_path / "v.npy", "--method", "kmeans", "--count", "4", "--tree", "--show", "1")
    assert "4 topics of 120" in ran.out
    assert ran.out.count("\n") == 1 + 3 + 7 + 1
    ran = likewise("cluster", tmp_path / "v.npy", "--method", "kmeans")
    assert "clusters came out the same again" in ran.err


def test_what_cannot_be_meant(likewise: Command, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.eye(8, dtype=np.float32))
    ran = likewise("cluster", tmp_path / "v.npy", "--count", "3")
    assert (ran.code, "it is for kmeans" in ran.err) == (2, True)


@pytest.mark.parametrize(("name", "said"), [("t.xlsx", "is no table"), ("no/t.csv", "there is no folder")])
def test_where_it_cannot_be_written_is_told_before_the_work(
    likewise: Command, tmp_path: Path, name: str, said: str
) -> None:
    for use in ("cluster", "anomalies"):
        ran = likewise(use, tmp_path / "gone.npy", "--to", tmp_path / name)
        assert (ran.code, said in ran.err) == (2, True)


def test_what_has_no_vector_is_told_in_the_end_too(likewise: Command, tmp_path: Path) -> None:
    vectors, _ = _planted(each=30)
    vectors[7] = np.nan
    np.save(tmp_path / "v.npy", vectors)
    for use in ("cluster", "anomalies"):
        ran = likewise(use, tmp_path / "v.npy", "--json")
        assert (ran.code, [one["id"] for one in ran.json["refused"]]) == (1, ["7"])
        assert "refused: 7: the vector holds NaN" in ran.err
