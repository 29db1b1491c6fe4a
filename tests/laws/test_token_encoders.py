"""Laws of encoders that give something else than one vector: order, batches, reports and failures are as for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise import load, load_multivector, load_reranker, load_sparse
from likewise.errors import InputError
from likewise.types import Item, Progress, Report, Space
from tests.golden.outputs import write

SHORT = [" ".join(["how", "do", "i", "fix", "a", "leaky", "faucet"][: 1 + i % 7]) + f" {i}" for i in range(20)]
TEXTS = [*SHORT, "", "x", "Größe 面積 🙂", "\x00", "\ud800", "how do i fix a leaky faucet? " * 4]
LONG = "how do i fix a leaky faucet? " * 40


@dataclass(frozen=True, slots=True)
class Subject:
    """One contract: what it makes of items, as one array for each, and the reports."""

    encode: Callable[..., tuple[list[np.ndarray[Any, Any]], Sequence[Report]]]
    space: Space
    cuts: bool = True
    """Whether it cuts long items, so that `overflow` is a choice."""
    roles: bool = True


def _tokens(path: Path) -> Subject:
    encoder = load(path, precision="fp32").tokens

    def encode(items: Any, **options: Any) -> tuple[list[np.ndarray[Any, Any]], Sequence[Report]]:
        found = encoder.encode(items, **options)
        return [text.vectors for text in found], [text.report for text in found]

    return Subject(encode, encoder.space, cuts=False)


def _multi(path: Path) -> Subject:
    encoder = load_multivector(path, precision="fp32")

    def encode(items: Any, **options: Any) -> tuple[list[np.ndarray[Any, Any]], Sequence[Report]]:
        found = encoder.encode(items, **options)
        return list(found.vectors), found.reports

    return Subject(encode, encoder.space)


def _sparse(path: Path) -> Subject:
    encoder = load_sparse(path, precision="fp32")

    def encode(items: Any, **options: Any) -> tuple[list[np.ndarray[Any, Any]], Sequence[Report]]:
        found = encoder.encode(items, **options)
        return list(found.dense()), found.reports

    return Subject(encode, encoder.space)


def _pairs(path: Path) -> Subject:
    reranker = load_reranker(path, precision="fp32")

    def encode(items: Any, **options: Any) -> tuple[list[np.ndarray[Any, Any]], Sequence[Report]]:
        found = reranker.rerank("leaky faucet", items, **options)
        return list(found.scores[:, None]), found.reports

    return Subject(encode, reranker.space, roles=False)


MAKERS: dict[str, tuple[Callable[[Path], Subject], str]] = {
    "multi": (_multi, "listed"),
    "sparse": (_sparse, "splade-bert"),
    "pairs": (_pairs, "pair-bert"),
}


@pytest.fixture(scope="module", params=["tokens", *MAKERS])
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Subject:
    if request.param == "tokens":
        return _tokens(tiny)
    make, case = MAKERS[request.param]
    return make(write(tmp_path_factory.mktemp(request.param) / case, case))


def _same(found: Sequence[Any], wanted: Sequence[Any]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_every_text_has_a_finite_value(subject: Subject) -> None:
    values, reports = subject.encode(TEXTS)
    assert [report.id for report in reports] == [str(i) for i in range(len(TEXTS))]
    assert all(report.ok for report in reports)
    assert all(np.isfinite(value).all() and value.dtype == np.float32 for value in values)
    assert {value.shape[-1] for value in values} == {subject.space.dim}


def test_nothing_in_nothing_out(subject: Subject) -> None:
    values, reports = subject.encode([])
    assert (values, list(reports)) == ([], [])


def test_order_is_the_callers(subject: Subject) -> None:
    _same(subject.encode(TEXTS)[0], subject.encode(TEXTS[::-1])[0][::-1])
    _, reports = subject.encode(iter([Item(f"id-{i}", text) for i, text in enumerate(TEXTS)]))
    assert [report.id for report in reports] == [f"id-{i}" for i in range(len(TEXTS))]


@pytest.mark.parametrize("batch_size", [1, 3, None])
def test_an_item_is_the_same_in_any_batch(subject: Subject, batch_size: int | None) -> None:
    together, _ = subject.encode(TEXTS, batch_size=batch_size)
    _same(together, [subject.encode([text])[0][0] for text in TEXTS])


def test_many_items_are_like_few(subject: Subject) -> None:
    many = [f"text {i}" for i in range(600)]
    values, reports = subject.encode(many)
    assert [report.id for report in reports] == [str(i) for i in range(600)]
    _same(values[250:260], subject.encode(many[250:260])[0])


@pytest.mark.parametrize("bad", [None, object(), b"x"])
def test_a_failing_item_takes_nobody_down(subject: Subject, bad: object) -> None:
    values, reports = subject.encode([Item("a", "first"), Item("b", bad), Item("c", "x", "smell"), Item("d", "fourth")])
    assert [report.ok for report in reports] == [True, False, False, True]
    assert "smell" in reports[2].error
    _same([values[0], values[3]], subject.encode(["first", "fourth"])[0])


def test_long_texts_are_reported(subject: Subject) -> None:
    values, (report, short) = subject.encode([LONG, "short"])
    assert report.truncated is subject.cuts
    assert (report.used < report.seen) is subject.cuts
    assert (short.truncated, short.used) == (False, short.seen)
    assert subject.cuts or "windows" in report.note
    assert np.isfinite(values[0]).all()


def test_long_texts_are_refused_or_read_in_pieces(subject: Subject) -> None:
    if not subject.cuts:
        pytest.skip("it always reads all of a text")
    _, (report, short) = subject.encode([LONG, "short"], overflow="error")
    assert "one input holds" in report.error
    assert short.ok
    (whole,), (report,) = subject.encode([LONG], overflow="split")
    (cut,), _ = subject.encode([LONG])
    assert (report.truncated, report.used) == (False, report.seen)
    assert whole.shape[0] > cut.shape[0] or (whole >= cut - 1e-5).all()


def test_roles_are_honoured(subject: Subject) -> None:
    if not subject.roles:
        pytest.skip("pairs have no roles")
    with pytest.raises(InputError, match="author"):
        subject.encode(["x"], role="author")


def test_arguments_that_cannot_be_meant(subject: Subject) -> None:
    for wrong in ("one text", b"bytes", Item("a", "x"), 3, None):
        with pytest.raises(InputError):
            subject.encode(wrong)
    with pytest.raises(InputError, match="batch_size"):
        subject.encode(["x"], batch_size=0)
    if subject.cuts:
        with pytest.raises(InputError, match="overflow"):
            subject.encode(["x"], overflow="mean")


def test_progress_ends_at_the_end(subject: Subject) -> None:
    told: list[Progress] = []
    subject.encode([f"text {i}" for i in range(400)], progress=told.append)
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert (told[-1].done, told[-1].total) == (400, 400)
    assert len(set(done)) > 2
