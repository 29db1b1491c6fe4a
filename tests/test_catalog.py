"""Facts about known models."""

from __future__ import annotations

from typing import get_args

from likewise.catalog import entries, find
from likewise.encoders import load
from likewise.runtimes import Pooling


def test_entries_are_whole() -> None:
    assert len({entry.id for entry in entries()}) == len({entry.name for entry in entries()}) == len(entries()) > 8
    for entry in entries():
        assert entry.id.count("/") == 1
        assert entry.pooling in get_args(Pooling)
        assert entry.dim >= 128
        assert 64 <= entry.max_length <= 512
        assert entry.licence in {"Apache-2.0", "MIT"}
        assert 10 < entry.size < 2000
        assert set(entry.prompts) <= {"query", "document"}
        assert entry.about


def test_models_are_found_by_id_and_by_name() -> None:
    for entry in entries():
        assert find(entry.id) is find(entry.name.upper()) is entry
    assert find("nobody/all-MiniLM-L6-v2") is None
    assert find("") is None


def test_the_catalogue_agrees_with_the_packaged_model(packaged: str) -> None:
    entry, space = find(packaged), load(packaged).space
    assert entry is not None
    assert (entry.id, entry.dim, entry.max_length) == (space.model, space.dim, space.max_length)
    assert entry.pooling == space.pooling
