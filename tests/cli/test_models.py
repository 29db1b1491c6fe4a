"""`likewise models`: lists, filters, and tells what is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from likewise.catalog import entries, find
from tests.cli.conftest import Command
from tests.tiny import tiny_model


@pytest.fixture(autouse=True)
def _empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))


def test_a_long_list_has_three_lines_a_model(likewise: Command) -> None:
    ran = likewise("models")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert len(lines) == 3 * len(entries())
    assert lines[0].startswith("all-MiniLM-L6-v2 (default): ")
    assert "dense, 384 dimensions, 256 tokens, 91 MB, en, licence Apache-2.0" in lines[1]


def test_a_short_list_tells_all(likewise: Command) -> None:
    ran = likewise("models", "gemma")
    assert ran.code == 0
    for told in ("'task: search result | query: '", "768 512 256 128", "consent", "licence Gemma", "gemma3_text"):
        assert told in ran.out
    assert "not here; fetched from the hub as google/embeddinggemma-300m" in ran.out


def test_filters_reach_the_library(likewise: Command) -> None:
    options = ("--kind", "dense", "--language", "de", "--max-size", "500", "--licence", "apache")
    ran = likewise("models", "paraphrase", *options, "--json")
    assert [model["name"] for model in ran.json] == ["paraphrase-multilingual-MiniLM-L12-v2"]


def test_json_holds_every_fact(likewise: Command) -> None:
    (model,) = likewise("models", "Qwen3", "0.6B", "--json").json
    entry = find("Qwen3-Embedding-0.6B")
    assert entry is not None
    assert model["prompts"] == dict(entry.prompts)
    assert (model["dim"], model["kind"], model["architecture"]) == (1024, "dense", "qwen3")
    assert (model["languages"], model["matryoshka"][:2]) == (["multi"], [1024, 768])
    assert (model["default"], model["path"]) == (False, None)


def test_here(likewise: Command, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "models--BAAI--bge-small-en-v1.5" / "snapshots" / "aaa")
    ran = likewise("models", "bge", "--here", "--json")
    assert [(model["name"], model["path"]) for model in ran.json] == [("bge-small-en-v1.5", str(folder))]
    assert str(folder) in likewise("models", "bge", "--here").out


def test_nothing_found_is_1(likewise: Command) -> None:
    ran = likewise("models", "no", "such", "thing")
    assert (ran.code, ran.out) == (1, "")
    assert "catalogue" in ran.err
    assert likewise("models", "no", "such", "thing", "--json", "--quiet").json == []
