"""Distillation: the student is nearer to its teacher than chance, nearer still with texts, and a folder that loads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from likewise.apps._distil_fit import Taught, fit, token_table
from likewise.apps._distil_vocabulary import vocabulary
from likewise.apps.distil import distil
from likewise.encoders import Encoder, load
from likewise.encoders._resolve import Found
from likewise.encoders.text.static import Static
from likewise.errors import InputError
from likewise.types import Progress
from tests.tiny import tiny_model

NOUNS = ["cat", "dog", "fox", "tap", "key", "oak", "sea", "sun", "map", "pen"]
TEXTS = [f"the {a} and the {b} by the {c}" for a in NOUNS for b in NOUNS for c in NOUNS[:4]]
ASKED = [f"a {b} near the {a}, not the {c}" for a in NOUNS for b in NOUNS[:3] for c in NOUNS[5:8]]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return load(tiny_model(tmp_path_factory.mktemp("teacher") / "tiny"), precision="fp32")


def _student(path: Path) -> Static:
    return Static(Found(path.name, path))


def _agreement(teacher: Encoder, student: Encoder) -> float:
    """Correlation of the cosines of all pairs."""
    off = np.triu_indices(len(ASKED), 1)
    left, right = (e.encode(ASKED).vectors for e in (teacher, student))
    return float(np.corrcoef((left @ left.T)[off], (right @ right.T)[off])[0, 1])


def test_a_student_does_as_its_teacher_and_texts_make_it_better(teacher: Encoder, tmp_path: Path) -> None:
    plain = distil(teacher, tmp_path / "plain", dim=16)
    fitted = distil(teacher, tmp_path / "fitted", dim=16, texts=TEXTS)
    assert (plain.dim, plain.passages, plain.fit) == (16, 0, None)
    assert (fitted.dim, fitted.passages) == (16, len(TEXTS))
    assert fitted.fit is not None
    assert fitted.fit > 0.9
    without, within = (_agreement(teacher, _student(d.path)) for d in (plain, fitted))
    assert without > 0.5
    assert within > without
    assert _student(plain.path).space.dim == 16
    assert _student(plain.path).space.precision == "fp16"


def test_what_never_occurs_is_left_out(teacher: Encoder, tmp_path: Path) -> None:
    made = distil(teacher, tmp_path / "student", dim=8)
    tokens = Tokenizer.from_file(str(made.path / "tokenizer.json")).get_vocab()
    assert not {"[CLS]", "[SEP]", "[PAD]", "[MASK]"} & set(tokens)
    assert made.dropped == 4
    assert made.tokens == len(tokens) == max(tokens.values()) + 1
    student = _student(made.path)
    assert student.count(["the cat [CLS]"])[0] == teacher.count(["the cat [CLS]"])[0]
    assert not student.encode(["\u9762"]).vectors.any()
    assert json.loads((made.path / "config.json").read_text())["teacher"] == teacher.space.id


def test_unused_tokens_are_left_out(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny")
    spec = json.loads((folder / "tokenizer.json").read_text())
    spec["model"]["vocab"] = {("[unused7]" if t == "zzz" else t): i for t, i in spec["model"]["vocab"].items()}
    (folder / "tokenizer.json").write_text(json.dumps(spec))
    known = vocabulary(load(folder), ())
    assert known.dropped == 5
    assert "[unused7]" not in known.tokenizer.get_vocab()


def test_words_are_learned_whole(teacher: Encoder, tmp_path: Path) -> None:
    words = ["Likewise", "leaky faucet", "cat", "likewise"]
    made = distil(teacher, tmp_path / "student", dim=16, words=words)
    assert made.added == 2  # "cat" is known
    student = _student(made.path)
    assert student.count(["likewise", "a leaky faucet", "leakyfaucet"])[:2] == [1, 2]
    assert student.count(["leakyfaucet"])[0] > 2
    alone = student.encode(["Leaky Faucet", "leaky", "faucet"]).vectors
    assert not np.allclose(alone[0], alone[1:].mean(axis=0), atol=0.05)
    with pytest.raises(InputError, match="empty"):
        distil(teacher, tmp_path / "other", words=[" "])


def test_progress_names_its_stages(teacher: Encoder, tmp_path: Path) -> None:
    told: list[Progress] = []
    distil(teacher, tmp_path / "student", dim=8, texts=TEXTS[:50], progress=told.append)
    assert list(dict.fromkeys(step.stage for step in told)) == ["encode tokens", "encode texts", "fit"]
    assert all(step.done <= (step.total or 0) for step in told)


def test_long_texts_are_cut_into_passages(teacher: Encoder, tmp_path: Path) -> None:
    made = distil(teacher, tmp_path / "student", dim=8, texts=["The cat sat by the sea. " * 200, "", "x"])
    assert made.passages > 3


def test_what_cannot_be_distilled_says_why(teacher: Encoder, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        distil(teacher, tmp_path / "full")
    with pytest.raises(InputError, match="dim=0"):
        distil(teacher, tmp_path / "new", dim=0)
    with pytest.raises(InputError, match="list"):
        distil(teacher, tmp_path / "new", texts="one text")


def test_a_fit_recovers_the_table_that_made_the_vectors() -> None:
    rng = np.random.default_rng(0)
    truth = rng.standard_normal((30, 12)).astype(np.float32)
    lengths = rng.integers(3, 9, 3000)
    ids = rng.integers(0, 30, lengths.sum()).astype(np.int32)
    vectors = np.add.reduceat(truth[ids], np.cumsum(lengths) - lengths, axis=0) / lengths[:, None]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    noisy = truth + 0.7 * rng.standard_normal(truth.shape).astype(np.float32)
    steps: list[int] = []
    table, cosine = fit(
        noisy, Taught(ids, lengths, vectors.astype(np.float32)), 12, lambda step, of: steps.append(step)
    )
    assert table.shape == (30, 12)
    assert cosine > 0.97
    assert steps == sorted(steps)


def test_rare_tokens_weigh_more() -> None:
    tokens = np.random.default_rng(0).standard_normal((500, 10)).astype(np.float32)
    norms = np.linalg.norm(token_table(tokens, 10), axis=1)
    assert norms[:10].max() < norms[-100:].min()
