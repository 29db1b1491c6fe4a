"""Facts about known models: every entry is whole, its prompts and licence are of the known kind."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from likewise import catalog
from likewise.catalog import Entry, Kind, entries, find
from likewise.encoders import load
from likewise.errors import InputError
from likewise.parts import names
from tests.models_page import PAGE, proven, table

FILES = sorted(Path(catalog.__file__).parent.glob("[!_]*.toml"))
SPDX = {"Apache-2.0", "MIT", "BSD-3-Clause", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"}
OWN_TERMS = {"Gemma", "DINOv3"}  # Google's and Meta's, which no SPDX id names
POOLINGS = {"mean", "cls", "max", "last", "weighted_mean", "mean_sqrt_len"}


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_an_entry_is_whole(entry: Entry) -> None:
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.id)
    assert entry.about
    assert not entry.about.endswith(".")
    assert entry.licence in SPDX | OWN_TERMS | {""}
    assert set(entry.prompts) <= {"query", "document"}
    assert all(entry.prompts.values())
    assert entry.languages
    assert all(re.fullmatch(r"[a-z]{2,3}|multi", code) for code in entry.languages)
    assert len(set(entry.languages)) == len(entry.languages)
    assert entry.size == 0 or 5 < entry.size < 40_000


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_an_entry_says_what_its_kind_needs(entry: Entry) -> None:
    assert entry.kind in get_args(Kind)
    assert (entry.max_length == 0) == (entry.kind == "static" or "text" not in entry.modality)
    assert entry.max_length == 0 or 64 <= entry.max_length <= 32_768
    assert (entry.dim == 0) == (entry.kind == "rerank")
    if entry.modality == "text":
        assert (entry.pooling in POOLINGS) == (entry.kind in ("dense", "static", "sparse"))
    assert list(entry.matryoshka) == sorted(set(entry.matryoshka), reverse=True)
    if entry.matryoshka:
        assert entry.matryoshka[0] == entry.dim
    if entry.kind == "sparse":
        assert entry.dim == 30_522


def test_ids_and_names_are_unique() -> None:
    assert len({entry.id.lower() for entry in entries()}) == len({entry.name.lower() for entry in entries()})
    assert len({entry.name.lower() for entry in entries()}) == len(entries()) > 70


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_family_says_where_it_comes_from(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    tables = tomllib.loads(text)
    assert set(tables) <= {"family", "model"}
    assert {facts["id"] for facts in tables["model"]} <= {entry.id for entry in entries()}


def test_every_family_is_read() -> None:
    assert sum(len(tomllib.loads(file.read_text(encoding="utf-8"))["model"]) for file in FILES) == len(entries())


def test_a_model_has_the_facts_of_its_family_unless_it_says_otherwise() -> None:
    small, mistral = find("e5-small-v2"), find("e5-mistral-7b-instruct")
    assert small is not None
    assert mistral is not None
    assert (small.pooling, small.prompts["document"]) == ("mean", "passage: ")
    assert (mistral.pooling, set(mistral.prompts), mistral.licence) == ("last", {"query"}, "MIT")


@pytest.mark.parametrize(
    ("name", "query", "document"),
    [
        ("bge-m3", "", ""),
        ("bge-base-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("nomic-embed-text-v1.5", "search_query: ", "search_document: "),
        ("snowflake-arctic-embed-l-v2.0", "query: ", ""),
        ("embeddinggemma-300m", "task: search result | query: ", "title: none | text: "),
        (
            "Qwen3-Embedding-0.6B",
            "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:",
            "",
        ),
    ],
)
def test_prompts_are_those_of_the_cards_to_the_letter(name: str, query: str, document: str) -> None:
    entry = find(name)
    assert entry is not None
    assert (entry.prompts.get("query", ""), entry.prompts.get("document", "")) == (query, document)


def test_the_page_lists_every_family() -> None:
    assert table() in PAGE.read_text(encoding="utf-8"), "run python -m tests.models_page"


def test_every_architecture_is_written_and_proven() -> None:
    kinds = {entry.architecture.replace("-", "_").lower() for entry in entries() if not entry.remote_code} - {""}
    assert kinds <= set(names("networks"))
    assert kinds <= proven()


def test_languages() -> None:
    gemma, labse, small = find("embeddinggemma-300m"), find("LaBSE"), find("bge-small-en-v1.5")
    assert gemma is not None
    assert labse is not None
    assert small is not None
    assert gemma.speaks("sw")
    assert labse.speaks("HAW")
    assert (small.speaks("en"), small.speaks("de")) == (True, False)
    assert len(labse.languages) == 109


def test_models_are_found_by_id_and_by_name() -> None:
    for entry in entries():
        assert find(entry.id) is find(entry.name.upper()) is entry
    assert find("nobody/all-MiniLM-L6-v2") is None
    assert find("") is None


def test_what_is_not_of_a_kind_or_role_is_refused() -> None:
    with pytest.raises(InputError, match="kind 'thick'"):
        Entry("a/b", "c", "thick")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="passage"):
        Entry("a/b", "c", "dense", prompts={"passage": "passage: "})


def test_the_catalogue_agrees_with_the_packaged_model(packaged: str) -> None:
    entry, space = find(packaged), load(packaged).space
    assert entry is not None
    assert (entry.id, entry.dim, entry.max_length) == (space.model, space.dim, space.max_length)
    assert (entry.pooling, entry.normalize) == (space.pooling, space.normalize)
