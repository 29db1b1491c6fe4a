"""Vectors of tokens: where they stand in the caller's text, words, windows over long texts, late chunking."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from likewise.encoders import Encoder, load
from likewise.encoders.text._located import located
from likewise.encoders.text._tokens import TokenCutter
from likewise.encoders.text.transformer import Transformer
from likewise.errors import InputError
from tests.hashed import Hashed
from tests.tiny import tiny_model

TEXTS = (
    "river bank",
    "Größe  площадь\n面積 🙂🙂 naïve",
    "  I\u0307stanbul İSTANBUL ﬁne ",
    "\ud800 lone \udc00",
    "\ud83d\ude42 pair",
    "",
)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return load(tiny_model(tmp_path_factory.mktemp("tokens") / "tiny", max_length=32), precision="fp32")


def _byte_level(path: Path) -> Path:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        ["the river bank"], trainers.BpeTrainer(vocab_size=280, initial_alphabet=alphabet, show_progress=False)
    )
    made.save(str(path))
    return path


def _metaspace(path: Path) -> Path:
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.train_from_iterator(
        ["the river bank", *TEXTS[1:3]],
        trainers.BpeTrainer(vocab_size=120, special_tokens=["<unk>"], show_progress=False),
    )
    made.save(str(path))
    return path


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("kind", ["wordpiece", "bytes", "metaspace"])
@pytest.mark.parametrize("prompt", ["", "query: "])
def test_tokens_stand_where_the_text_has_them(tmp_path: Path, kind: str, lowercase: bool, prompt: str) -> None:
    makers = {"bytes": _byte_level, "metaspace": _metaspace}
    path = tmp_path / "tokenizer.json"
    if kind in makers:
        makers[kind](path)
    else:
        path = tiny_model(tmp_path / "tiny") / "tokenizer.json"
    cutter = TokenCutter(path, 64, {"query": prompt}, lowercase)
    for text in TEXTS:
        found = located(cutter, text, "query")
        assert found.places.shape == (len(found.ids), 2)
        assert (found.places >= 0).all()
        assert (found.places <= len(text)).all()
        assert (np.diff(found.places[:, 0]) >= 0).all()
        covered = {i for start, end in found.places for i in range(start, end)}
        assert covered >= {i for i, c in enumerate(text) if c.isalnum()}
        for start, end in found.places:
            assert not text[start:end] or not (text[start].isspace() and text[start:end].strip())


def test_places_are_characters_not_bytes(tmp_path: Path) -> None:
    cutter = TokenCutter(_byte_level(tmp_path / "tokenizer.json"), 64, {}, lowercase=False)
    text = "面積 bank"
    found = located(cutter, text, "document")
    assert set(map(tuple, found.places.tolist()[:-1])) == {(0, 1), (1, 2)}  # three tokens for each, at its place
    assert found.places.tolist()[-1] == [3, 7]
    assert cutter.tokenizer.id_to_token(int(found.ids[-1])) == "Ġbank"


def test_a_letter_that_grows_in_lower_case_keeps_its_place(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "tiny") / "tokenizer.json"
    found = located(TokenCutter(path, 64, {}, lowercase=True), "İİ ab \ud83d\ude42 cd", "document")
    assert found.places.tolist()[-1] == [9, 11]


def test_a_word_is_the_mean_of_its_tokens(encoder: Encoder) -> None:
    (text,) = encoder.tokens.encode(["the river embankments"])
    assert text.pieces[:2] == ("the", "river"[:3])
    at = text.covering(10, 21)
    assert len(at) > 1
    np.testing.assert_allclose(text.word(10, 21), text.vectors[at].mean(axis=0), atol=1e-6)
    assert text.covering(9, 10).tolist() == []
    with pytest.raises(InputError, match="characters 9 to 10"):
        text.word(9, 10)


def test_a_word_depends_on_what_is_around_it(encoder: Encoder) -> None:
    river, account = encoder.tokens.encode(["river bank", "bank account"])
    assert np.abs(river.word(6, 10) - account.word(0, 4)).max() > 1e-3


def test_short_texts_are_read_whole(encoder: Encoder) -> None:
    (text,) = encoder.tokens.encode(["how do I fix a leaky faucet"])
    assert text.report.used == text.report.seen == len(text)
    assert text.report.note == ""
    assert text.vectors.shape == (len(text), encoder.space.dim)
    assert encoder.tokens.space.pooling == "tokens"
    assert encoder.tokens.space != encoder.space


def test_long_texts_are_read_in_windows(encoder: Encoder) -> None:
    words = [f"w{i}" for i in range(400)]
    (text,) = encoder.tokens.encode([" ".join(words)])
    assert text.report.seen == text.report.used == len(text)
    assert not text.report.truncated
    assert "overlapping windows" in text.report.note
    joined = "".join(piece.removeprefix("##") for piece in text.pieces)
    assert joined == "".join(words)
    assert np.isfinite(text.vectors).all()


def test_tokens_are_the_same_in_any_batch(encoder: Encoder) -> None:
    texts = ["one", "a much longer text than that " * 9, "x", "two words", ""]
    together = encoder.tokens.encode(texts)
    for text, alone in zip(together, (encoder.tokens.encode([t])[0] for t in texts), strict=True):
        np.testing.assert_allclose(text.vectors, alone.vectors, atol=1e-5)
        assert text.pieces == alone.pieces


def test_a_passage_of_a_whole_text_is_the_mean_of_its_tokens(encoder: Encoder) -> None:
    text = "how do I fix a leaky faucet"
    found = encoder.tokens.passages(text, [(0, len(text)), (0, 3)])
    assert found.space == encoder.space
    mean = encoder.tokens.encode([text])[0].vectors.mean(axis=0)
    np.testing.assert_allclose(found.vectors[0], mean / np.linalg.norm(mean), atol=1e-5)
    assert [report.used for report in found.reports] == [found.reports[0].seen, 1]


def test_a_passage_depends_on_the_text_around_it(encoder: Encoder) -> None:
    here = encoder.tokens.passages("the river. its bank", [(11, 19)]).vectors
    there = encoder.tokens.passages("the money. its bank", [(11, 19)]).vectors
    assert np.abs(here - there).max() > 1e-4


def test_passages_of_a_long_text(encoder: Encoder) -> None:
    text = " ".join(f"w{i}" for i in range(900))
    spans = [(i, min(i + 50, len(text))) for i in range(0, len(text), 50)]
    found = encoder.tokens.passages(text, spans)
    assert not found.failed
    (tokens,) = encoder.tokens.encode([text])
    for (start, end), vector in zip(spans, found.vectors, strict=True):
        mean = tokens.word(start, end)
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-5)
    assert all("overlapping windows" in report.note for report in found.reports)


def test_a_span_without_a_token_fails_alone(encoder: Encoder) -> None:
    found = encoder.tokens.passages("one   two", [(0, 3), (3, 6), (6, 9)])
    assert [report.ok for report in found.reports] == [True, False, True]
    assert np.isnan(found.vectors[1]).all()


def test_passages_of_a_truncated_encoder_are_truncated(encoder: Encoder) -> None:
    cut = encoder.truncated(8)
    found = cut.tokens.passages("one two", [(0, 3)])
    assert found.space == cut.space
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)


def test_arguments_that_cannot_be_meant(encoder: Encoder, tmp_path: Path) -> None:
    for spans in ([(3, 3)], [(-1, 2)], [(0, 8)]):
        with pytest.raises(InputError, match="span"):
            encoder.tokens.passages("one two", spans)
    with pytest.raises(InputError, match="one text"):
        encoder.tokens.passages(["one"], [(0, 1)])  # type: ignore[arg-type]
    first = load(tiny_model(tmp_path / "cls", pooling="cls"), precision="fp32")
    assert isinstance(first, Transformer)
    with pytest.raises(InputError, match="pools by cls"):
        first.tokens.passages("one two", [(0, 3)])
    with pytest.raises(InputError, match="no vectors of tokens"):
        _ = Hashed().tokens
