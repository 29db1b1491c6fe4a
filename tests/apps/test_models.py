"""The catalogue, filtered: by words, kind, language, size, licence and by what is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from likewise.apps.models import models
from likewise.catalog import entries
from tests.tiny import tiny_model


def _names(**filters: object) -> set[str]:
    return {known.entry.name for known in models(**filters)}  # type: ignore[arg-type]


def test_all_of_them_the_default_first() -> None:
    known = models()
    assert len(known) == len(entries())
    assert (known[0].entry.name, known[0].default) == ("all-MiniLM-L6-v2", True)
    assert sum(model.default for model in known) == 1


def test_every_filter_narrows() -> None:
    late = {"colbertv2.0", "answerai-colbert-small-v1", "GTE-ModernColBERT-v1"}
    assert _names(kind="multi", modality="text") >= late
    assert "all-MiniLM-L6-v2" not in _names(modality="image")
    assert {"clip-vit-base-patch16"} <= _names(modality="image") & _names(modality="text")
    assert _names(words=["E5", "small"]) == {"e5-small-v2", "multilingual-e5-small"}
    german = _names(language="de", kind="dense")
    assert "multilingual-e5-base" in german
    assert "Qwen3-Embedding-0.6B" in german
    assert "e5-base-v2" not in german
    assert _names(licence="gemma") == {"embeddinggemma-300m"}
    assert _names(max_size=15) == {"potion-base-2M", "potion-base-4M"}
    assert _names(words=["no such model"]) == set()


def test_what_is_not_known_passes_no_filter_on_it() -> None:
    assert "gte-large-en-v1.5" not in _names(max_size=1e9)
    assert "multi-qa-mpnet-base-dot-v1" not in _names(licence="mit") | _names(licence="apache")


def test_what_is_here_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    folder = tiny_model(tmp_path / "models--intfloat--e5-small-v2" / "snapshots" / "aaa")
    (found,) = models(["e5-small-v2"], here=True)
    assert found.path == folder
    assert models(["e5-base-v2"], here=True) == ()


def test_other_kinds_are_here_with_weights_in_any_layout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    name = "sentence-transformers--static-retrieval-mrl-en-v1"
    folder = tmp_path / f"models--{name}" / "snapshots" / "aaa"
    (folder / "0_StaticEmbedding").mkdir(parents=True)
    (folder / "modules.json").write_text("[]")
    assert models(kind="static", here=True) == ()
    (folder / "0_StaticEmbedding" / "model.safetensors").touch()
    assert [known.path for known in models(kind="static", here=True)] == [folder]
