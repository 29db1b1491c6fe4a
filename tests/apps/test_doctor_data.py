"""`doctor_data`: every fault that was planted is found, and nothing is said of data without fault."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from likewise.apps._data_finding import Finding
from likewise.apps.doctor_data import Examined, doctor_data
from likewise.errors import InputError
from likewise.types import Item, Vectors
from tests.hashed import Hashed

WORDS = [f"{a}{b}{c}" for a in "bdfklmprst" for b in "aeiou" for c in "nrstl"]
TOPICS = ("weather", "music", "money")


def _placed(vectors: Vectors, texts: Sequence[str]) -> Vectors:
    """Texts lie around the topic that they name, so that cosines are known: about 0.5 within, 0 across."""
    centres = np.eye(32, dtype=np.float32) * 6
    at = [next((i for i, topic in enumerate(TOPICS) if topic in text.lower()), 7) for text in texts]
    return vectors + centres[at]


def encoder() -> Hashed:
    return Hashed(_placed, dim=32)


def clean(count: int = 60, seed: int = 0) -> list[Item]:
    """Rows of three classes, each of words of its own."""
    rng = np.random.default_rng(seed)
    return [
        Item(f"{seed}-{i}", " ".join([TOPICS[i % 3], *rng.choice(WORDS, 6)]), metadata={"label": TOPICS[i % 3]})
        for i in range(count)
    ]


def _of(found: Examined, check: str) -> Finding:
    return next(one for one in found.findings if one.check == check)


def test_clean_data_is_fine() -> None:
    found = doctor_data(clean(), clean(30, seed=1), model=encoder())
    assert found.ok
    assert found.leave_out == ()
    assert (found.rows, found.test_rows, found.model) == (60, 30, "hashed")
    checks = {finding.check: finding.level for finding in found.findings}
    for name in (
        "vectors",
        "lengths",
        "duplicates",
        "conflicts",
        "labels",
        "leakage",
        "conflicts with test",
        "classes",
    ):
        assert checks[name] == "fine", name


def test_planted_faults_are_found(tmp_path: Path) -> None:
    rows = clean()
    text = str(rows[0].content)
    rows += [
        Item("again", text, metadata={"label": "weather"}),
        Item("other", text.upper(), metadata={"label": "money"}),
        Item("wrong", "weather " + " ".join(WORDS[3:9]), metadata={"label": "music"}),
    ]
    test = [
        *clean(30, seed=1),
        Item("seen", str(rows[5].content), metadata={"label": "money"}),
        Item("new", "x y z w", metadata={"label": "sport"}),
    ]
    found = doctor_data(rows, test, model=encoder(), label="label")
    assert not found.ok
    assert {t.id for t in _of(found, "duplicates").troubles} >= {"again"}
    (conflict,) = _of(found, "conflicts").troubles
    assert {conflict.id, conflict.other} <= {"0-0", "again", "other"}
    assert "'money'" in conflict.why
    assert {t.id for t in _of(found, "labels").troubles} == {"other", "wrong"}
    leak = _of(found, "leakage")
    assert [(t.id, t.other) for t in leak.troubles] == [("0-5", "seen")]
    assert leak.share is not None
    assert leak.share.mean == pytest.approx(1 / 32)
    assert leak.share.low < 1 / 32 < leak.share.high
    assert [t.id for t in _of(found, "conflicts with test").troubles] == []
    assert _of(found, "classes").troubles[0].id == "sport"
    assert "0-5" in found.leave_out
    assert "again" in found.leave_out or "0-0" in found.leave_out
    assert conflict.id not in found.leave_out  # which of the two labels is right is for a person to say
    assert [finding.level for finding in found.findings] == sorted(
        (finding.level for finding in found.findings), key=("mend", "look", "fine").index
    )
    found.save(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(newline="") as file:
        written = list(csv.DictReader(file))
    assert {row["id"] for row in written if row["leave_out"] == "1"} == set(found.leave_out)
    assert len(written) == sum(len(finding.troubles) for finding in found.findings)


def test_a_leak_with_another_label_is_a_conflict() -> None:
    rows = clean()
    test = [Item("seen", str(rows[5].content), metadata={"label": "music"})]
    found = doctor_data(rows, test, model=encoder())
    assert [t.id for t in _of(found, "conflicts with test").troubles] == ["0-5"]


def test_uneven_and_rare_classes() -> None:
    rows = [*clean(), *(Item(f"r{i}", f"money {WORDS[i]}", metadata={"label": "rare"}) for i in range(2))]
    found = _of(doctor_data(rows, model=encoder()), "imbalance")
    assert found.level == "look"
    assert found.what.startswith("4 classes of 2 ('rare') to 20 rows")
    assert [t.id for t in found.troubles] == ["rare"]


def test_languages() -> None:
    english = "The committee will meet in the large room on the second floor next Tuesday afternoon, number {}."
    german = "Der Ausschuss trifft sich am nächsten Dienstag im großen Saal im zweiten Stock, Nummer {}."
    rows = [english.format(i) for i in range(40)] + [german.format(i) for i in range(10)]
    found = _of(doctor_data(rows, model=Hashed()), "languages")
    assert found.level == "look"
    assert "en 80.0%, de 20.0%" in found.what
    assert {t.id for t in found.troubles} == {str(i) for i in range(40, 50)}


def test_short_and_refused_rows() -> None:
    def change(vectors: Vectors, texts: Sequence[str]) -> Vectors:
        if any("bad" in text for text in texts):
            raise ValueError("it is bad")
        return vectors

    rows = ["a text with words", "", "x", "bad row", "another text with other words"]
    found = doctor_data(rows, model=Hashed(change))
    lost = _of(found, "vectors")
    assert lost.level == "mend"
    assert [t.id for t in lost.troubles] == ["3"]
    assert {t.id: t.leave_out for t in _of(found, "lengths").troubles} == {"1": True, "2": False}
    assert set(found.leave_out) == {"1", "3"}


def test_what_is_cut_off_is_counted(tiny: Path) -> None:
    rows = ["river bank water " * 100, "cow milk", "bread and butter"]
    found = _of(doctor_data(rows, model=tiny), "truncation")
    assert found.level == "mend"
    assert [t.id for t in found.troubles] == ["0"]
    assert "1 of 3 texts are cut" in found.what


def _pairs(path: Path, rows: Sequence[Sequence[str]], header: str) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)
    return path


def test_false_negatives_in_a_batch(tmp_path: Path) -> None:
    rows = [[f"question {i} {WORDS[i]}", f"answer {WORDS[-i - 1]} {i}"] for i in range(20)]
    rows[7][1] = rows[3][1]
    rows[9][0] = rows[4][0]
    found = doctor_data(pairs=_pairs(tmp_path / "p.csv", rows, "anchor,positive"), model=Hashed(dim=64))
    check = _of(found, "false negatives")
    assert {(t.id, t.other) for t in check.troubles} == {("row 8", "row 4"), ("row 10", "row 5")}
    # 2 pairs of 190, and 64 * 63 / 2 pairs in a batch
    assert f"{2 / 190 * 2016:.2f} such pairs" in check.what
    assert check.level == "mend"
    clean_rows = [row for at, row in enumerate(rows) if at not in (7, 9)]
    found = doctor_data(pairs=_pairs(tmp_path / "c.csv", clean_rows, "anchor,positive"), model=Hashed(dim=64))
    assert _of(found, "false negatives").level == "fine"


def test_negatives_that_are_positives(tmp_path: Path) -> None:
    near = ["weather now", "weather today", "weather again"]
    rows = [near, ["music x", "music y", "money z"], ["money a", "money b", "Money B"]]
    found = doctor_data(pairs=_pairs(tmp_path / "p.csv", rows, "query,answer,negative"), model=encoder())
    check = _of(found, "given negatives")
    assert "row 2" not in {t.id for t in check.troubles}
    same = next(t for t in check.troubles if t.id == "row 3")
    assert same.leave_out
    assert check.level == "mend"


def test_pairs_beside_test_data_leak(tmp_path: Path) -> None:
    rows = [[f"question {i} {WORDS[i]}", f"answer {WORDS[-i - 1]} {i}"] for i in range(20)]
    path = _pairs(tmp_path / "p.csv", rows, "anchor,positive")
    found = doctor_data(None, [rows[2][0], "nothing like it"], pairs=path, model=Hashed(dim=64))
    assert [t.other for t in _of(found, "leakage").troubles] == ["0"]


def test_vectors_alone_are_looked_at() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((40, 16)).astype(np.float32)
    vectors[7] = vectors[3]
    found = doctor_data(vectors)
    assert [t.id for t in _of(found, "duplicates").troubles] == ["7"]
    assert "languages" not in {finding.check for finding in found.findings}


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to look at"):
        doctor_data()
    with pytest.raises(InputError, match="nothing has a label 'topic'"):
        doctor_data(clean(), label="topic", model=encoder())
    with pytest.raises(InputError, match="has no column"):
        doctor_data(pairs=_pairs(tmp_path / "p.csv", [["1", "2"]], "x,y"), model=Hashed())
    with pytest.raises(InputError, match="the table is empty"):
        doctor_data(pairs=_pairs(tmp_path / "e.csv", [], "anchor,positive"), model=Hashed())
