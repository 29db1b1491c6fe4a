"""Laws of encoders: order, batches, reports and failures are the same for every one of them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from likewise.encoders import Encoder, load
from likewise.encoders.text.transformer import Transformer
from likewise.errors import InputError
from likewise.parts import names
from likewise.space import relate
from likewise.types import Item, Progress, Role, Space, Vectors
from tests.golden import seen
from tests.tiny import tiny_model

WORDS = [
    "how",
    "do",
    "I",
    "fix",
    "a",
    "leaky",
    "faucet",
    "in",
    "the",
    "kitchen",
    "before",
    "the",
    "water",
    "runs",
    "out",
]
TEXTS = [" ".join((WORDS * 12)[: 1 + 7 * i % 160]) + f" {i}" for i in range(40)] + ["", "x", "Größe 面積 🙂", "\x00"]


class Lengths(Encoder):
    """The smallest encoder that an author can write; it refuses what holds "bad"."""

    def __init__(self) -> None:
        space = Space("lengths", "-", "-", "-", (), 1, 2, False, "fp32", "numpy")
        super().__init__("lengths", space, budget=8)
        self.batches: list[int] = []

    def encode_batch(self, pieces: Sequence[Any], role: Role) -> Vectors:
        self.batches.append(len(pieces))
        if any("bad" in piece for piece in pieces):
            raise ValueError("a bad text")
        return np.array([[len(piece), role == "query"] for piece in pieces], dtype=np.float32)


def _static(path: Path) -> Encoder:
    """A random table in the layout of sentence-transformers, cut at 128 tokens."""
    tiny_model(path, prompts={"query": "query: ", "document": ""})
    rows = Tokenizer.from_file(str(path / "tokenizer.json")).get_vocab_size()
    table = np.random.default_rng(0).standard_normal((rows, 32)).astype(np.float32)
    save_file({"embedding.weight": table}, path / "model.safetensors")
    kinds = ({"path": "", "type": f"sentence_transformers.models.{kind}"} for kind in ("StaticEmbedding", "Normalize"))
    (path / "modules.json").write_text(json.dumps(list(kinds)))
    return load(path, max_length=128)


def _joint(path: Path) -> Encoder:
    """Images and words in one space; words are what these laws ask, images those of test_senses.py."""
    folder = seen.write(path, "clip")
    prompts = {"prompts": {"query": "q ", "document": ""}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    return load(folder, precision="fp32")


MAKERS: dict[str, Callable[[Path], Encoder]] = {
    "text": lambda path: load(tiny_model(path, prompts={"query": "query: ", "document": ""}), precision="fp32"),
    "senses": _joint,
    "static": _static,
    "own": lambda _: Lengths(),
}


@pytest.fixture(scope="module", params=MAKERS)
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return MAKERS[request.param](tmp_path_factory.mktemp("encoder") / "tiny")


def test_every_member_is_here() -> None:
    assert set(names("encoders")) == set(MAKERS) - {"own", "static"}


def test_shape_type_and_finiteness(encoder: Encoder) -> None:
    found = encoder.encode(TEXTS)
    assert found.vectors.shape == (len(TEXTS), encoder.space.dim)
    assert found.vectors.dtype == np.float32
    assert np.isfinite(found.vectors).all()
    assert found.space == encoder.space
    assert found.ids == tuple(str(i) for i in range(len(TEXTS)))


def test_nothing_in_nothing_out(encoder: Encoder) -> None:
    found = encoder.encode([])
    assert found.vectors.shape == (0, encoder.space.dim)
    assert found.ids == ()
    assert found.reports == ()
    assert list(encoder.stream([])) == []


def test_order_is_the_callers(encoder: Encoder) -> None:
    forth, back = encoder.encode(TEXTS).vectors, encoder.encode(TEXTS[::-1]).vectors
    np.testing.assert_allclose(forth, back[::-1], atol=1e-5)
    items = [Item(f"id-{i}", text) for i, text in enumerate(TEXTS)]
    assert encoder.encode(iter(items)).ids == tuple(item.id for item in items)


@pytest.mark.parametrize("batch_size", [1, 3, None])
def test_an_item_is_the_same_in_any_batch(encoder: Encoder, batch_size: int | None) -> None:
    together = encoder.encode(TEXTS, batch_size=batch_size).vectors
    alone = np.concatenate([encoder.encode([text]).vectors for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_stream_gives_what_encode_gives(encoder: Encoder) -> None:
    many = [f"text number {i}" for i in range(2500)]
    parts = list(encoder.stream(iter(many)))
    assert [len(part) for part in parts] == [1024, 1024, 452]
    assert [i for part in parts for i in part.ids] == [str(i) for i in range(2500)]
    np.testing.assert_allclose(np.concatenate([p.vectors for p in parts]), encoder.encode(many).vectors, atol=1e-5)


def test_roles_are_honoured(encoder: Encoder) -> None:
    query, document = encoder.encode_query(["leaky faucet"]), encoder.encode_document(["leaky faucet"])
    assert np.abs(query.vectors - document.vectors).max() > 1e-3
    assert np.array_equal(document.vectors, encoder.encode(["leaky faucet"]).vectors)


@pytest.mark.parametrize("overflow", ["truncate", "error", "mean"])
@pytest.mark.parametrize("bad", [None, object()])
def test_a_failing_item_takes_nobody_down(encoder: Encoder, overflow: Any, bad: object) -> None:
    items = [Item("a", "first"), Item("b", bad if encoder.name != "lengths" else "bad"), Item("c", "third")]
    found = encoder.encode(items, overflow=overflow)
    assert [report.id for report in found.failed] == ["b"]
    assert found.failed[0].error
    assert np.isnan(found.vectors[1]).all()
    np.testing.assert_allclose(found.vectors[::2], encoder.encode(["first", "third"]).vectors, atol=1e-5)


def test_another_modality_fails_alone(encoder: Encoder) -> None:
    found = encoder.encode([Item("a", "x"), Item("b", "x", modality="smell")])
    assert [report.ok for report in found.reports] == [True, False]
    assert "smell" in found.reports[1].error


def test_arguments_that_cannot_be_meant(encoder: Encoder) -> None:
    for wrong in ("one text", b"bytes", Item("a", "x"), 3, None):
        with pytest.raises(InputError):
            encoder.encode(wrong)  # type: ignore[arg-type]
    for options in ({"role": "author"}, {"overflow": "drop"}, {"batch_size": 0}):
        with pytest.raises(InputError):
            encoder.encode(["x"], **options)


def test_progress_ends_at_the_end(encoder: Encoder) -> None:
    told: list[Progress] = []
    encoder.encode([f"text {i}" for i in range(1500)], progress=told.append)
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert (told[-1].done, told[-1].total) == (1500, 1500)
    assert len(set(done)) >= 2


def test_a_failing_batch_is_halved_not_repeated() -> None:
    encoder = Lengths()
    found = encoder.encode(["x"] * 5 + ["bad"] + ["xx"] * 2)
    assert [report.ok for report in found.reports] == [True] * 5 + [False] + [True] * 2
    assert encoder.batches[0] == 8
    assert len(encoder.batches) <= 1 + 2 * 3


class Wrong(Encoder):
    """An encoder whose vectors do not fit its space or are no numbers."""

    def __init__(self) -> None:
        super().__init__("wrong", Lengths().space)

    def encode_batch(self, pieces: Sequence[Any], role: Role) -> Vectors:
        if pieces[0] == "shape":
            return np.zeros((1, 3), np.float32)
        return np.full((len(pieces), 2), np.nan, np.float32)


@pytest.mark.parametrize(("text", "why"), [("shape", "(1, 3)"), ("x", "NaN")])
def test_vectors_that_are_none_become_failures(text: str, why: str) -> None:
    (report,) = Wrong().encode([text]).reports
    assert why in report.error


def test_save_and_load_is_exact(tmp_path: Path) -> None:
    first = load(tiny_model(tmp_path / "tiny", prompts={"query": "q: "}))
    assert isinstance(first, Transformer)
    first.save(tmp_path / "other" / "tiny")
    second = load(tmp_path / "other" / "tiny")
    assert relate(first.space, second.space).kind == "exact"
    assert np.array_equal(first.encode_query(TEXTS).vectors, second.encode_query(TEXTS).vectors)
    with pytest.raises(InputError, match="not empty"):
        first.save(tmp_path / "other" / "tiny")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec=None), max_size=300), max_size=12))
def test_any_text_gives_a_vector(tiny: Path, texts: list[str]) -> None:
    encoder = _shared(tiny)
    found = encoder.encode(texts, overflow="mean")
    assert not found.failed
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    for report in found.reports:
        assert report.used == report.seen


@functools.cache
def _shared(path: Path) -> Encoder:
    return load(path)
