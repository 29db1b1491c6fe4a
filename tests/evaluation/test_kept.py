"""Vectors that are kept: a run that was cut off goes on, nothing is encoded twice, and what is broken is made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from likewise.errors import InputError
from likewise.evaluation import evaluate
from likewise.evaluation._kept import made
from likewise.evaluation._task import Input
from likewise.evaluation.tasks.retrieval import Retrieval
from likewise.types import Progress, Vectors
from tests.hashed import Hashed


class Watched:
    """How many texts were encoded; after `most` of them the run is interrupted."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.texts = 0
        self.most = most
        self.encoder = Hashed(self._change)

    def _change(self, vectors: Vectors, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        if self.texts > self.most:
            raise KeyboardInterrupt
        return vectors


def _task(documents: int = 2_600) -> Retrieval:
    texts = {f"d{at}": f"text {at}" for at in range(documents)}
    return Retrieval(
        "t", texts, {f"q{at}": f"text {at}" for at in range(10)}, {f"q{at}": {f"d{at}": 1} for at in range(10)}
    )


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    broken, whole, again = Watched(most=2_300), Watched(), Watched()
    with pytest.raises(KeyboardInterrupt):
        list(evaluate(broken.encoder, [_task()], keep=tmp_path / "k"))
    (found,) = evaluate(whole.encoder, [_task()], keep=tmp_path / "k")
    assert whole.texts == 2_610 - 2_048  # two blocks of 1,024 were kept
    (second,) = evaluate(again.encoder, [_task()], keep=tmp_path / "k")
    assert again.texts == 0
    (plain,) = evaluate(Hashed(), [_task()])
    assert dict(found.scores) == dict(second.scores) == dict(plain.scores)
    assert not list((tmp_path / "k").glob(".part-*"))


def test_kept_vectors_are_those_of_one_model_role_and_text(tmp_path: Path) -> None:
    given = Input([f"n{at}" for at in range(1_500)], [f"text {at}" for at in range(1_500)], "document")
    steps: list[Progress] = []
    first = made(Hashed(), given, tmp_path, steps.append)
    assert np.array_equal(first.vectors, made(Hashed(), given).vectors)
    assert (steps[-1].done, steps[-1].total) == (1_500, 1_500)
    for watched, other in (
        (Watched(), Input(given.names, given.items, "query")),
        (Watched(), Input(given.names, [*given.items[:-1], "another"], "document")),
    ):
        made(watched.encoder, other, tmp_path)
        assert watched.texts > 0
    assert made(Hashed(dim=4), given, tmp_path).vectors.shape == (1_500, 4)


def test_what_failed_is_told_again(tmp_path: Path) -> None:
    def change(vectors: Vectors, texts: Sequence[str]) -> Vectors:
        return np.where(np.array(["bad" in text for text in texts])[:, None], np.float32(np.nan), vectors)

    given = Input(["a", "b"], ["good", "bad"], "document")
    told = [made(Hashed(change), given, tmp_path).refused for _ in range(2)]
    assert [report.id for report in told[1]] == ["b"]
    assert told[0] == told[1]


@pytest.mark.parametrize("suffix", [".npy", ".json"])
@pytest.mark.parametrize("content", [b"", b"{", b"no numbers"])
def test_a_broken_file_is_made_again(tmp_path: Path, suffix: str, content: bytes) -> None:
    given = Input(["a", "b"], ["one", "two"], "document")
    first = made(Hashed(), given, tmp_path)
    (kept,) = tmp_path.glob(f"*{suffix}")
    kept.write_bytes(content)
    assert np.array_equal(made(Hashed(), given, tmp_path).vectors, first.vectors)
    assert kept.read_bytes() != content


def test_a_folder_that_cannot_be_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    watched = Watched()
    with pytest.raises(InputError, match="cannot be kept in"):
        list(evaluate(watched.encoder, [_task(20)], keep=tmp_path / "file" / "in"))
    assert watched.texts == 0
