"""Why two texts are similar: weights that add up, a test of them, and errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.apps._explain_deletion import deletion
from likewise.apps._explain_pieces import pieces, without
from likewise.apps.explain import explain
from likewise.encoders import Encoder, load
from likewise.errors import InputError
from tests.hashed import Hashed
from tests.tiny import tiny_model

LEFT = "Replace the washer to stop the leak"
RIGHT = "a new washer stops every leak"


@pytest.fixture(scope="module")
def encoder(tiny: Path) -> Encoder:
    return load(tiny, precision="fp32")


@pytest.mark.parametrize("way", ["occlusion", "tokens"])
def test_what_both_share_weighs_most(encoder: Encoder, way: str) -> None:
    found = explain(LEFT, RIGHT, model=encoder, way=way)  # type: ignore[arg-type]
    assert {piece.text for piece in found.left.best[:2]} == {"washer", "leak"}
    assert {piece.text for piece in found.right.best[:2]} == {"washer", "leak"}
    assert [LEFT[p.start : p.end] for p in found.left.pieces] == LEFT.split()
    vectors = encoder.encode([LEFT, RIGHT]).vectors
    assert found.similarity == pytest.approx(float(vectors[0] @ vectors[1]), abs=1e-5)
    for side in (found.left, found.right):
        assert side.deletion is not None
        assert side.deletion.area < side.deletion.random < side.deletion.reverse
        assert side.deletion.score > 0
        assert side.deletion.beats > 0.5
        assert sum(p.weight for p in side.pieces) + side.rest == pytest.approx(found.similarity, abs=1e-5)


def test_weights_of_occlusion_are_the_loss_of_each_word(encoder: Encoder) -> None:
    found = explain(LEFT, RIGHT, model=encoder)
    whole, other, less = encoder.encode([LEFT, RIGHT, "Replace the washer to stop the"]).vectors
    assert found.left.pieces[-1].weight == pytest.approx(float(whole @ other - less @ other), abs=1e-5)
    assert found.pairs == ()


def test_pairs_of_tokens(encoder: Encoder) -> None:
    found = explain(LEFT, RIGHT, model=encoder, way="tokens")
    left, right, weight = found.pairs[0]
    assert found.left.pieces[left].text == found.right.pieces[right].text
    assert weight >= found.pairs[1][2]


def test_sentences_are_weighed_too(encoder: Encoder) -> None:
    found = explain(f"Bread is baked. {LEFT}. The sky is blue.", RIGHT, model=encoder, unit="sentence")
    assert found.left.best[0].text == f"{LEFT}."
    assert len(found.right.pieces) == 1
    assert found.right.deletion is None
    assert found.right.pieces[0].weight == pytest.approx(found.similarity)  # without it nothing is left


def test_it_is_the_same_again(encoder: Encoder) -> None:
    assert explain(LEFT, RIGHT, model=encoder) == explain(LEFT, RIGHT, model=encoder)


def test_any_encoder_can_be_asked() -> None:
    found = explain(LEFT, RIGHT, model=Hashed())
    assert -1 <= found.similarity <= 1
    with pytest.raises(InputError, match="explain by occlusion"):
        explain(LEFT, RIGHT, model=Hashed(), way="tokens")


def test_tokens_need_the_mean(tmp_path: Path) -> None:
    model = load(tiny_model(tmp_path / "cls", pooling="cls"))
    with pytest.raises(InputError, match="not by the mean"):
        explain(LEFT, RIGHT, model=model, way="tokens")


def test_what_cannot_be_explained(encoder: Encoder) -> None:
    for left, right in (("", RIGHT), (LEFT, " ")):
        with pytest.raises(InputError, match="hold words"):
            explain(left, right, model=encoder)
    with pytest.raises(InputError, match="unit is 'letter'"):
        explain(LEFT, RIGHT, model=encoder, unit="letter")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="way is 'magic'"):
        explain(LEFT, RIGHT, model=encoder, way="magic")  # type: ignore[arg-type]


def test_pieces_and_what_is_left() -> None:
    text = "It's a well-known  fact."
    spans = pieces(text, "word")
    assert [text[s:e] for s, e in spans] == ["It's", "a", "well-known", "fact"]
    assert without(text, spans, {1, 2}) == "It's fact."
    assert without(text, spans, set()) == "It's a well-known fact."


def test_deletion_of_a_known_sum() -> None:
    values = np.array([0.5, 0.3, 0.1, 0.1, 0.0, 0.0])

    def similar(gone: object) -> np.ndarray:
        return np.array([values.sum() - sum(values[list(one)]) for one in gone])  # type: ignore[attr-defined]

    best, worst = deletion(values, similar), deletion(-values, similar)
    assert best is not None
    assert worst is not None
    assert best.area < best.random < best.reverse
    assert (best.area, best.reverse) == pytest.approx((worst.reverse, worst.area))
    assert best.score > 0 > worst.score
    assert best.beats > 0.8
    assert deletion(values[:1], similar) is None
