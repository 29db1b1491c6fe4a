"""Decoders that read images among words, from a folder as it lies on the hub: one space for both."""

from __future__ import annotations

import json
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

from likewise.encoders import load, load_multivector
from likewise.encoders.senses.pages import Pages
from likewise.encoders.senses.towers import Towers
from likewise.errors import InputError, ModelError
from likewise.types import Item
from tests.golden.read import images, write

MARKS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")


def _tokens(path: Path, tail: bool) -> None:
    """A tokenizer of letters, with the marks of messages; with a `tail` it ends every text by itself."""
    known = [*ascii_lowercase, "ĉ", "Ċ", "Ġ", ".", "'", *"YRABCDEF"]
    made = Tokenizer(models.BPE({letter: i for i, letter in enumerate(known)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in MARKS])
    if tail:
        end = made.token_to_id("<|endoftext|>")
        made.post_processor = processors.TemplateProcessing(single="$A <|endoftext|>", special_tokens=[(MARKS[2], end)])
    made.save(str(path / "tokenizer.json"))


def _encoder(path: Path, name: str, tail: bool = False) -> Towers:
    write(path, name)
    _tokens(path, tail)
    made = load(path, precision="fp32")
    assert isinstance(made, Towers)
    return made


@pytest.mark.parametrize("name", ["qwen2_vl-gme", "qwen3_vl"])
def test_images_and_words_go_into_one_space(name: str, tmp_path: Path) -> None:
    encoder = _encoder(tmp_path, name)
    assert set(encoder.modalities) == {"image", "text"}
    items = [Item(f"i{i}", image, "image") for i, image in enumerate(images())]
    found = encoder.encode([*items, Item("t", "a tap drips", "text"), Item("u", "bread", "text")])
    assert not found.failed
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.encode([item]).vectors for item in items])
    np.testing.assert_allclose(found.vectors[:4], alone, atol=1e-5)
    assert len({row.tobytes() for row in found.vectors}) == 6


def test_a_text_stands_in_the_message_of_its_makers(tmp_path: Path) -> None:
    plain, ended = (_encoder(tmp_path / str(tail), "qwen3_vl", tail) for tail in (False, True))
    for encoder in (plain, ended):
        (piece,) = (piece for cut in encoder.cutter.cut(["tap"], "document", "truncate") for piece in cut.pieces)
        told = Tokenizer.from_file(str(encoder.path / "tokenizer.json")).decode(
            piece.content.array, skip_special_tokens=False
        )
        told = told.replace(" ", "").replace("Ċ", "\n").replace("Ġ", " ")
        want = "<|im_start|>system\nRepresent the user's input.<|im_end|>\n<|im_start|>user\n"
        want += "tap<|im_end|>\n<|im_start|>assistant\n"
        assert told == want + ("<|endoftext|>" if encoder is ended else "")
    assert plain.space.id != ended.space.id


def test_pages_are_found_by_best_matches(tmp_path: Path) -> None:
    path = write(tmp_path, "colqwen2")
    _tokens(path, tail=False)
    with pytest.raises(ModelError, match="load_multivector"):
        load(path)
    encoder = load_multivector(path, precision="fp32")
    assert isinstance(encoder, Pages)
    assert encoder.modalities == ("image", "text")
    pages = encoder.encode([Item(f"p{i}", image, "image") for i, image in enumerate(images())])
    questions = encoder.encode([Item("q", "a tap", "text"), Item("bad", 7, "text")], "query")
    assert [report.id for report in questions.failed] == ["bad"]
    assert questions.vectors[1].shape == (0, 12)
    for matrix in (*pages.vectors, questions.vectors[0]):
        np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5)
    tokens = Tokenizer.from_file(str(path / "tokenizer.json"))
    asked = tokens.encode("Query: a tap" + "<|endoftext|>" * 10 + "\n").ids
    assert len(questions.vectors[0]) == len(asked)
    scores = questions.maxsim(pages)
    expected = [(questions.vectors[0] @ matrix.T).max(axis=1).sum() for matrix in pages.vectors]
    np.testing.assert_allclose(scores[0], expected, rtol=1e-5)
    assert np.isnan(scores[1]).all()
    alone = encoder.encode([Item("p", images()[1], "image")])
    np.testing.assert_allclose(alone.vectors[0], pages.vectors[1], atol=1e-5)


def test_pixels_are_bounded_as_the_folder_says(tmp_path: Path) -> None:
    first = _encoder(tmp_path / "a", "qwen2_vl").space
    path = write(tmp_path / "b", "qwen2_vl")
    _tokens(path, tail=False)
    said = json.loads((path / "preprocessor_config.json").read_text())
    (path / "preprocessor_config.json").write_text(json.dumps(said | {"max_pixels": 512}))
    assert load(path, precision="fp32").space.tokenizer != first.tokenizer


def test_a_length_without_room_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "qwen2_vl")
    _tokens(path, tail=False)
    with pytest.raises(InputError, match="no room"):
        load(path, max_length=10)
