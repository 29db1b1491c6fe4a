"""`likewise map`: files, what is told, and what cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.apps.drawn import things
from tests.cli.conftest import Command, likewise  # noqa: F401 (a fixture)


@pytest.fixture
def vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A .npy file; the current folder is empty otherwise."""
    monkeypatch.chdir(tmp_path)
    np.save("things.npy", things(80).vectors)
    return tmp_path / "things.npy"


def test_a_page_is_written_and_told(likewise: Command, vectors: Path) -> None:  # noqa: F811
    ran = likewise("map", vectors, "--method", "pca")
    assert ran.code == 0
    assert ran.out.startswith("80 points, in ")
    assert "PCA: trustworthiness 0." in ran.out
    assert "written: map.html" in ran.out
    assert "pip install 'likewise[umap]'" in ran.err
    assert "<title>things.npy</title>" in (vectors.parent / "map.html").read_text(encoding="utf-8")


def test_every_kind_of_file_at_once(likewise: Command, vectors: Path) -> None:  # noqa: F811
    names = ("a.html", "a.png", "a.csv", "a.parquet")
    to = [word for name in names for word in ("--to", name)]
    ran = likewise("map", vectors, "--method", "pca", *to, "--projector", "logs", "--json", "--title", "All")
    assert ran.code == 0
    assert ran.json["written"] == [*names, "logs"]
    assert ran.json["trustworthiness"]["low"] < ran.json["trustworthiness"]["mean"] < 1
    assert all((vectors.parent / name).exists() for name in (*names, "logs/vectors.tsv"))
    assert not (vectors.parent / "map.html").exists()


def test_a_table_is_read_and_coloured(
    likewise: Command,  # noqa: F811
    vectors: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("likewise.apps._points.points", lambda *_, **__: things(80))
    assert likewise("map", "tickets.csv", "--method", "pca", "--colour", "team", "--quiet").code == 0
    refused = likewise("map", "tickets.csv", "--method", "pca", "--colour", "size")
    assert refused.code == 2
    assert "no field 'size' to colour by; there are region, team, score, year" in refused.err


def test_an_old_map_is_continued(likewise: Command, vectors: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr("likewise.apps._points.points", lambda *_, **__: things(80))
    assert likewise("map", "x", "--method", "pca", "--to", "old.parquet").code == 0
    monkeypatch.setattr("likewise.apps._points.points", lambda *_, **__: things(90))
    ran = likewise("map", "x", "--onto", "old.parquet", "--json")
    assert (ran.code, ran.json["points"], ran.json["new"], ran.json["method"]) == (0, 90, 10, "pca")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--method", "pca", "--perplexity", "9"], "pca has no setting 'perplexity'"),
        (["--method", "pca", "--to", "map.gif"], "is no kind of map"),
        (["--method", "umap", "--neighbours", "1"], "neighbours 1 must be at least 2"),
        (["--method", "tsne", "--perplexity", "0.5"], "perplexity 0.5"),
        (
            ["--onto", "old.parquet"],
            "there is no map old.parquet: make one with `likewise map SOURCE --to old.parquet`",
        ),
        (["--onto", "things.npy"], "things.npy cannot be read as Parquet"),
        (["--method", "pca", "--onto", "old.parquet"], "keeps its method"),
    ],
)
def test_what_cannot_be_is_said_before_long(
    likewise: Command,  # noqa: F811
    vectors: Path,
    words: list[str],
    why: str,
) -> None:
    ran = likewise("map", vectors, *words)
    assert ran.code == 2
    assert why in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--to", "map.gif"], "map.gif is no kind of map: name one of .html, .png"),
        (["--to", "map.html", "--to", "away/map.png"], "there is no folder away"),
        (["--to", "folder.html"], "it is a folder"),
        (["--projector", "things.npy"], "things.npy"),
        (["--plotly", "figure.svg"], "no figure of Plotly"),
        (["--wandb", " "], "the project of W&B has no name"),
        (["--colour", "size"], "no field 'size' to colour by; there are region, team, score, year"),
        (["--colour", "title"], "no field 'title'"),
        (["--colour", "new"], "no field 'new'"),
    ],
)
def test_nothing_is_laid_out_where_the_map_could_not_be_written(
    likewise: Command,  # noqa: F811
    vectors: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    why: str,
) -> None:
    (vectors.parent / "folder.html").mkdir()
    monkeypatch.setattr("likewise.apps._points.points", lambda *_, **__: things(80))
    monkeypatch.setattr("likewise.apps.map.project", lambda *_, **__: pytest.fail("it was laid out"))
    ran = likewise("map", "tickets.csv", "--method", "pca", *words)
    assert ran.code == 2
    assert why in ran.err


def test_new_is_a_field_of_a_continued_map(
    likewise: Command,  # noqa: F811
    vectors: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("likewise.apps._points.points", lambda *_, **__: things(80))
    assert likewise("map", "x", "--method", "pca", "--to", "old.parquet", "--colour", "region").code == 0
    monkeypatch.setattr("likewise.apps._points.points", lambda *_, **__: things(90))
    assert likewise("map", "x", "--onto", "old.parquet", "--colour", "new").code == 0
