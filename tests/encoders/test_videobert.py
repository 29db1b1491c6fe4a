"""VideoBERT: tokens of clips by hierarchical k-means, rows of words and clips, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.encoders.senses._clip_tokens import ClipTokens
from likewise.encoders.senses.videobert import VideoBERT
from likewise.errors import InputError, ModelError, SpaceError
from likewise.types import Clip, Item, Media
from tests.golden.videobert import CONTENTS, Colours, clip, made, tree


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("videobert"))


@pytest.fixture(scope="module")
def encoder(folder: Path) -> VideoBERT:
    return VideoBERT(folder, Colours(), precision="fp32")


def _heaps(n: int = 40) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Three heaps of three heaps each, far apart on two scales, and the heap of every vector."""
    rng = np.random.default_rng(0)
    centres = np.array([[x * 100 + y * 10, x * -70 + y * 3, 5] for x in range(3) for y in range(3)], np.float32)
    heap = np.repeat(np.arange(9), n)
    return (centres[heap] + rng.normal(0, 0.5, (9 * n, 3))).astype(np.float32), heap


def test_heaps_become_tokens_of_a_tree() -> None:
    vectors, heap = _heaps()
    made = ClipTokens.fit(vectors, branches=3, depth=2)
    tokens = made.tokens(vectors)
    assert made.count == 9
    assert len(set(zip(tokens.tolist(), heap.tolist(), strict=True))) == 9  # one token each, one heap each
    parents = {(int(token) // 3, int(h) // 3) for token, h in zip(tokens, heap, strict=True)}
    assert len(parents) == 3


def test_a_tree_is_made_alike_each_time_and_kept_as_it_is(tmp_path: Path) -> None:
    vectors, _ = _heaps()
    made = ClipTokens.fit(vectors, 3, 3, seed=4)
    np.testing.assert_array_equal(made.tokens(vectors), ClipTokens.fit(vectors, 3, 3, seed=4).tokens(vectors))
    made.save(tmp_path / "tree.safetensors")
    kept = ClipTokens.load(tmp_path / "tree.safetensors")
    assert kept.count == 27
    np.testing.assert_array_equal(kept.tokens(vectors), made.tokens(vectors))


def test_few_vectors_make_few_leaves() -> None:
    vectors = np.array([[0, 0], [0, 0], [0, 0], [1, 1]], np.float32)
    tokens = ClipTokens.fit(vectors, branches=3, depth=4).tokens(vectors)
    assert len(set(tokens[:3].tolist())) == 1
    assert tokens[3] != tokens[0]


@pytest.mark.parametrize(
    "wrong", [np.zeros((1, 3), np.float32), np.full((9, 3), np.nan, np.float32), np.zeros(9, np.float32)]
)
def test_what_makes_no_tree_is_told(wrong: Any) -> None:
    with pytest.raises(InputError, match="make no tree"):
        ClipTokens.fit(wrong, 3, 2)


def test_a_tree_of_another_space_is_told(tmp_path: Path, folder: Path) -> None:
    bert = folder.parent / "bert"
    with pytest.raises(InputError, match="another space"):
        tree().tokens(np.zeros((2, 4), np.float32))
    tree().save(tmp_path / "tree.safetensors")
    with pytest.raises(InputError, match="not empty"):
        VideoBERT.create(tmp_path, bert, Colours(), tree())


def test_a_pair_is_more_than_its_parts(encoder: VideoBERT) -> None:
    (words, shown), _, _ = CONTENTS
    found = encoder.encode([Item("both", (words, shown), "video"), words, shown, Media("video", shown)]).vectors
    np.testing.assert_array_equal(found[2], found[3])
    assert (found[0] @ found[1:3].T).max() < 0.999
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_hang_on_its_batch(encoder: VideoBERT) -> None:
    together = encoder.encode([*CONTENTS, "a b c d e f g h i j k"]).vectors
    alone = [encoder.encode([content]).vectors[0] for content in CONTENTS]
    np.testing.assert_allclose(together[:3], alone, atol=1e-5)


def test_what_is_too_long_is_cut_and_told(encoder: VideoBERT) -> None:
    long = ("a b c d e f g h i j", clip(*[(i % 3, 0.9) for i in range(40)]))
    items = [Item("long", long, "video")]
    (report,) = encoder.encode(items).reports
    assert (report.truncated, report.seen, report.used) == (True, 50, encoder.capacity())
    (report,) = encoder.encode(items, overflow="mean").reports
    assert (report.truncated, report.seen, report.used) == (False, 50, 50)
    (report,) = encoder.encode(items, overflow="error").reports
    assert "holds 50 tokens" in report.error


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (7, "content is int"),
        (("words", "words"), "content is tuple"),
        (Clip(np.zeros((0, 4, 4, 3), np.uint8), np.zeros(0)), "empty"),
        ("", "nothing to encode"),
    ],
)
def test_a_failing_content_takes_no_other_down(content: Any, message: str, encoder: VideoBERT) -> None:
    found = encoder.encode(["a b", content, "c"])
    assert [report.ok for report in found.reports] == [True, False, True]
    assert message in found.reports[1].error


def test_another_encoder_of_clips_is_refused(folder: Path) -> None:
    with pytest.raises(SpaceError, match="made of vectors of colours"):
        VideoBERT(folder, Colours("others"))


def test_a_folder_that_is_none_is_told(tmp_path: Path, folder: Path) -> None:
    bert = folder.parent / "bert"
    with pytest.raises(ModelError, match="is no VideoBERT"):
        VideoBERT(bert, Colours())
    with pytest.raises(InputError, match="no fit"):
        VideoBERT.create(tmp_path / "new", bert, Colours(), ClipTokens((np.zeros((1, 3, 5), np.float32),)))
    assert json.loads((folder / "config.json").read_text())["vocab_size"] == 41 + 1 + 9
