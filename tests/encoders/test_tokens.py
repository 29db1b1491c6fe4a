"""Texts of every length and kind on their way to tokens."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from likewise.encoders import Encoder, load
from likewise.errors import InputError, ModelError
from likewise.types import Item
from tests.tiny import tiny_model


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    prompts = {"query": "query: ", "passage": "a passage: "}
    return load(tiny_model(tmp_path_factory.mktemp("tokens") / "tiny", max_length=64, prompts=prompts))


def test_reports_count_tokens_without_prompt_and_specials(encoder: Encoder) -> None:
    # every word of one to three letters is one token of the tiny vocabulary
    for role, leading in (("query", 3), ("document", 5)):
        room = encoder.capacity(role)  # type: ignore[arg-type]
        assert room == 64 - 2 - leading
        texts = [" ".join(["cat"] * n) for n in (0, 1, room, room + 1, 500)]
        reports = encoder.encode(texts, role).reports  # type: ignore[arg-type]
        assert [r.seen for r in reports] == [0, 1, room, room + 1, 500]
        assert [r.used for r in reports] == [0, 1, room, room, room]
        assert [r.truncated for r in reports] == [False, False, False, True, True]


def test_truncation_keeps_the_beginning(encoder: Encoder) -> None:
    room = encoder.capacity("document")
    text = " ".join(["cat"] * room)
    found = encoder.encode([text, text + " dog" * 300, text + " dog" * 100_000]).vectors
    np.testing.assert_allclose(found[1:], found[[0, 0]], atol=1e-6)


def test_error_refuses_what_is_too_long(encoder: Encoder) -> None:
    found = encoder.encode(["cat", "cat " * 100], overflow="error")
    assert [r.ok for r in found.reports] == [True, False]
    assert "100 tokens" in found.reports[1].error
    assert np.isnan(found.vectors[1]).all()
    assert found.reports[1].used == 0


def test_mean_weighs_pieces_by_their_tokens(encoder: Encoder) -> None:
    room = encoder.capacity("document")
    first, rest = ["cat"] * room, ["dog"] * 10
    (whole,) = encoder.encode([" ".join(first + rest)], overflow="mean").vectors
    parts = encoder.encode([" ".join(first), " ".join(rest)]).vectors.astype(np.float64)
    wanted = room * parts[0] + 10 * parts[1]
    np.testing.assert_allclose(whole, wanted / np.linalg.norm(wanted), atol=1e-6)


def test_mean_uses_everything(encoder: Encoder) -> None:
    (report,) = encoder.encode(["cat " * 40_000], overflow="mean").reports
    assert (report.seen, report.used, report.truncated) == (40_000, 40_000, False)


def test_slices_change_no_token(encoder: Encoder) -> None:
    words = ["the", "faucet", "Größe", "面積,", "leaks...", "(x)"] * 20_000
    text = " ".join(words)
    assert len(text) > 3 * (1 << 16)
    (whole,) = encoder.count([text])
    assert whole == sum(encoder.count([" ".join(words[i : i + 6]) for i in range(0, len(words), 6)]))


def test_count_has_no_limit_and_no_prompt(encoder: Encoder) -> None:
    assert encoder.count(["", "cat", "cat " * 1000, "cat, cat!"]) == [0, 1, 1000, 4]
    assert encoder.count([]) == []


def test_a_megabyte_without_white_space_stays_small(encoder: Encoder) -> None:
    tracemalloc.start()
    try:
        found = encoder.encode(["x" * 1_000_000, "面" * 1_000_000, "^" * 1_000_000])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert not found.failed
    assert peak < 100e6
    assert found.reports[2].seen == 1_000_000


def test_special_tokens_in_a_text_are_text(encoder: Encoder) -> None:
    found = encoder.encode(["[SEP]", "[ sep ]", "[CLS] cat [MASK]", "cat"])
    np.testing.assert_allclose(found.vectors[0], found.vectors[1], atol=1e-6)
    assert found.reports[2].seen > 3


def test_lone_surrogates_are_mended_and_noted(encoder: Encoder) -> None:
    found = encoder.encode(["a \ud800 b", "a b", "\U0001f600", "\ud83d\ude00"])
    assert [bool(r.note) for r in found.reports] == [True, False, False, True]
    assert "U+FFFD" in found.reports[0].note
    np.testing.assert_allclose(found.vectors[0], found.vectors[1], atol=1e-6)


def test_what_is_no_text_fails_by_name(encoder: Encoder) -> None:
    found = encoder.encode([Item("a", 3), Item("b", b"x"), Item("c", "x"), None])
    assert [r.error for r in found.reports] == [
        "content is int, wanted str",
        "content is bytes, wanted str",
        "",
        "content is NoneType, wanted str",
    ]


def test_max_length_may_be_less_but_not_more(tiny: Path) -> None:
    assert load(tiny, max_length=16).capacity() == 14
    for wrong in (0, 2, 129):
        with pytest.raises(InputError, match="max_length"):
            load(tiny, max_length=wrong)


def test_a_broken_tokenizer_is_named(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny")
    (folder / "tokenizer.json").write_text('{"version": "1.0"}')
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        load(folder)
