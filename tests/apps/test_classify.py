"""Classes: that the rules learn, that scores are of what was not learnt, that probabilities and abstentions hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from likewise.apps._classifier import Seen, Unseen, learned, probabilities, temperature, unseen
from likewise.apps._graded import graded
from likewise.apps._points import points
from likewise.apps.classify import Method, classify
from likewise.collection import Collection
from likewise.errors import InputError, MissingLibrary, SpaceError
from likewise.types import Item, Vectors
from tests.hashed import Hashed

WORDS = ("bread", "planets", "taps")


class _Topics:
    """Texts of one topic lie around one axis, and all else around another."""

    def __init__(self, noise: float) -> None:
        self._noise = noise

    def __call__(self, drawn: Vectors, texts: Sequence[str]) -> Vectors:
        axes = [next((at for at, word in enumerate(WORDS) if word in text), 3) for text in texts]
        return (np.eye(drawn.shape[1])[axes] + self._noise * drawn).astype(np.float32)


def _model(noise: float = 0.15) -> Hashed:
    return Hashed(_Topics(noise), dim=12)


def _texts(count: int, words: Sequence[str] = WORDS, start: int = 0) -> list[Item]:
    return [
        Item(f"{word}{n}", f"about {word} {n}", metadata={"label": word})
        for word in words
        for n in range(start, start + count)
    ]


@pytest.mark.parametrize("method", ["auto", "logistic", "nearest"])
def test_a_few_examples_are_enough(method: Method) -> None:
    found = classify(_texts(30, start=100), _texts(8), model=_model(), method=method)
    right = [one.classes[0][0] == one.passage.metadata["label"] for one in found.sorted]
    assert np.mean(right) > 0.95
    assert found.classes == tuple(sorted(WORDS))
    assert found.method == ("nearest" if method == "nearest" else "logistic")
    assert found.grades is not None
    assert found.grades.rows == 24
    assert found.grades.accuracy.low <= found.grades.accuracy.mean <= found.grades.accuracy.high
    for one in found.sorted:
        assert sum(chance for _, chance in one.classes) == pytest.approx(1, abs=1e-9)
        assert one.like is not None
        assert one.like.metadata["label"] == one.classes[0][0]
        assert (one.label is None) == (one.score < found.bound)


def test_what_fits_no_class_gets_none() -> None:
    inside, strange = _texts(40, start=100), _texts(40, ["songs"])
    found = classify([*inside, *strange], _texts(10), model=_model(), abstain=0.1)
    refused = [one.label is None for one in found.sorted]
    assert np.mean(refused[120:]) > 0.9
    assert np.mean(refused[:120]) < 0.25
    assert "as on 10% of the examples" in found.abstains
    known = classify([*inside, *strange], [*_texts(10), *_texts(5, ["songs"], 50)], model=_model(), outside="songs")
    refused = [one.label is None for one in known.sorted]
    assert known.classes == tuple(sorted(WORDS))
    assert np.mean(refused[120:]) > 0.9
    assert np.mean(refused[:120]) < 0.1
    assert "5 examples from outside" in known.abstains
    assert all(one.label for one in classify(inside, _texts(10), model=_model(), abstain=0).sorted)
    assert not any(one.label for one in classify(inside, _texts(10), model=_model(), bound=1e6).sorted)


def test_descriptions_alone() -> None:
    found = classify(_texts(5), descriptions={"food": "bread", "space": "planets"}, model=_model(0.05))
    assert [one.label for one in found.sorted[:10]] == ["food"] * 5 + ["space"] * 5
    assert (found.method, found.grades, found.calibrated) == ("zero-shot", None, False)
    assert "never abstains" in found.abstains
    bound = classify(_texts(5), descriptions={"food": "bread", "space": "planets"}, model=_model(0.05), bound=0.5)
    assert [one.label for one in bound.sorted[10:]] == [None] * 5
    assert "as given" in bound.abstains
    names = classify(_texts(2), descriptions=["bread", "planets"], model=_model(0.05))
    assert [one.label for one in names.sorted[:4]] == ["bread"] * 2 + ["planets"] * 2


def test_descriptions_beside_examples_add_a_class() -> None:
    found = classify(
        _texts(5, start=50),
        _texts(5, WORDS[:2]),
        {"taps": "about taps"},
        model=_model(0.05),
        abstain=0,
        method="nearest",
    )
    assert [one.label for one in found.sorted] == [one.passage.metadata["label"] for one in found.sorted]
    assert found.sorted[-1].like is None  # no example of it


def test_scores_are_of_what_was_not_learnt() -> None:
    """Labels drawn by lot can be learnt by heart, and not foretold."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((60, 100)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    seen = Seen(vectors, np.repeat(np.arange(3), 20), 3)
    nothing = seen.some(np.zeros(60, bool))
    assert (learned(seen, "logistic")(vectors).argmax(1) == seen.classes).all()
    held = unseen(seen, nothing, "logistic", 0)
    assert len(held.classes) == 60
    assert np.mean(held.scores.argmax(1) == held.classes) < 0.6
    again = unseen(seen, nothing, "logistic", 0)
    np.testing.assert_array_equal(held.scores, again.scores)


def test_what_is_alone_in_its_class_is_not_asked_about() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 2]]
    seen = Seen(vectors, np.array([0, 0, 1, 2]), 3)
    nothing = seen.some(np.zeros(4, bool))
    assert unseen(seen, nothing, "nearest", 0).classes.tolist() == [0, 0]
    assert unseen(seen, seen.some(np.array([2])), "nearest", 0).classes.tolist() == [0, 0, 1]
    alone = classify(_texts(3, start=9), _texts(1), model=_model(0.05))
    assert (alone.grades, alone.calibrated) == (None, False)
    assert "one example a class" in alone.abstains


def test_a_class_that_was_not_seen_is_last() -> None:
    seen = Seen(np.eye(3, dtype=np.float32)[:2], np.array([0, 2]), 3)
    for rule in ("logistic", "nearest"):
        scores = learned(seen, rule)(np.eye(3, dtype=np.float32))
        assert (scores[:, 1] < scores[:, [0, 2]].min(axis=1)).all()
        assert scores[:2].argmax(axis=1).tolist() == [0, 2]


def test_probabilities_are_true() -> None:
    rng = np.random.default_rng(0)
    logits = 2 * rng.standard_normal((20_000, 4))
    chances = probabilities(logits, 1.0)
    classes = (rng.random((20_000, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    for warmth in (0.2, 1.0, 7.0):
        found = Unseen(logits * warmth, classes)
        assert temperature(found) == pytest.approx(warmth, rel=0.05)
        grades = graded(found, temperature(found), -np.inf)
        assert grades.calibration < 0.02
        assert graded(found, 0.1 * warmth, -np.inf).calibration > 0.1
        assert grades.accuracy.mean == pytest.approx(np.mean(logits.argmax(1) == classes))
        assert grades.answered.mean == 1
    half = float(np.median(logits.max(axis=1)))
    assert graded(Unseen(logits, classes), 1.0, half).answered.mean == pytest.approx(0.5, abs=0.001)


def test_f1_and_the_share_answered() -> None:
    found = Unseen(np.array([[3.0, 0], [2, 0], [0, 1], [1, 0]]), np.array([0, 0, 1, 1]))
    grades = graded(found, 1.0, 1.5)
    assert (grades.accuracy.mean, grades.answered.mean, grades.right.mean) == (0.75, 0.5, 1.0)
    assert grades.f1 == pytest.approx((0.8 + 2 / 3) / 2)


def test_a_collection_is_sorted(tmp_path: Path) -> None:
    model = Hashed(_Topics(0.1), dim=12)
    with Collection(tmp_path / "c", model=model) as kept:
        kept.add([Item(word, word) for word in WORDS])
        found = classify(kept, _texts(4), model=model, abstain=0)
    assert [one.label for one in found.sorted] == list(WORDS)


def test_vectors_alone() -> None:
    pool = np.eye(3, dtype=np.float32)
    with pytest.raises(InputError, match="give examples"):
        classify(pool, descriptions=["a", "b"])
    with pytest.raises(SpaceError):
        classify(pool, _texts(3), model=_model())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"method": "magic"}, "wanted one of auto"),
        ({"method": "zero-shot"}, "zero-shot learns from no examples"),
        ({"abstain": 1.0}, "abstain is 1.0"),
        ({"examples": None, "method": "nearest", "descriptions": WORDS}, "nearest learns from labelled examples"),
        ({"examples": None}, "there are 0 classes"),
        ({"examples": None, "descriptions": ["one"]}, r"there are 1 classes \(one\)"),
        ({"descriptions": {"a": " "}}, "a class or its description is empty"),
        ({"examples": ["no label"]}, "has no label"),
    ],
)
def test_what_cannot_be_meant(settings: dict[str, object], said: str) -> None:
    given: dict[str, object] = {"examples": _texts(3), "model": _model()} | settings
    with pytest.raises(InputError, match=said):
        classify(["a text"], **given)  # type: ignore[arg-type]


def test_what_has_no_vector_is_told() -> None:
    def broken(vectors: Vectors, texts: Sequence[str]) -> Vectors:
        made = _Topics(0.1)(vectors, texts)
        made[["bad" in text for text in texts]] = np.nan
        return made

    given = [Item("x", "bad"), Item("y", "bread")]
    shown = [*_texts(3), Item("z", "bad one", metadata={"label": "taps"})]
    found = classify(given, shown, model=Hashed(broken, dim=12))
    assert ([one.passage.id for one in found.sorted], [r.id for r in found.refused]) == (["y"], ["x", "z"])
    with pytest.raises(InputError, match="description of 'a' cannot be encoded"):
        classify(["bread"], descriptions={"a": "bad", "b": "bread"}, model=Hashed(broken, dim=12))


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn.linear_model", None)
    with pytest.raises(MissingLibrary, match="likewise\\[learn\\]"):
        classify(_texts(2), _texts(3), model=_model())
    assert classify(_texts(2), _texts(3), model=_model(), method="nearest").method == "nearest"


def test_what_knows_no_words_takes_no_descriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    model = _model()
    found = points(_texts(2), model=model)
    monkeypatch.setattr(type(model), "modalities", ("image",))
    with pytest.raises(InputError, match="hashed takes image, no words: give labelled examples"):
        classify(found, descriptions=WORDS, model=model)


def test_a_collection_knows_its_encoder(tmp_path: Path) -> None:
    """The name of a model of one's own finds nothing."""
    with Collection(tmp_path / "c", model=_model(0.1)) as kept:
        kept.add([Item(word, word) for word in WORDS])
        assert [one.label for one in classify(kept, descriptions=WORDS).sorted] == list(WORDS)
