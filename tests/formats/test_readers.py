"""Readers that work ahead: files in their order, each with its own error, in bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.errors import FormatError, InputError
from likewise.formats import Limits, Plan, Readers
from likewise.modalities import Array, Preparer
from likewise.modalities.image import ImagePreparer


def _files(folder: Path, count: int, side: int = 64) -> list[Path]:
    paths = [folder / f"{i}.png" for i in range(count)]
    for i, path in enumerate(paths):
        Image.fromarray(np.full((side, side, 3), i, np.uint8)).save(path)
    return paths


@pytest.mark.parametrize("n", [1, 3])
def test_files_come_in_their_order(n: int, tmp_path: Path) -> None:
    paths = _files(tmp_path, 20)
    with Readers(n) as readers:
        seen = []
        for ahead in readers.view(iter(paths)):
            (piece,) = ahead
            seen.append((ahead.path, int(np.asarray(piece.content)[0, 0, 0]), ahead.kind, len(ahead.digest)))
    assert seen == [(path, i, "image", 64) for i, path in enumerate(paths)]


def test_what_is_prepared_is_what_the_preparer_makes(tmp_path: Path) -> None:
    paths, preparer = _files(tmp_path, 3), ImagePreparer(resize=(5, 7))
    with Readers(2) as readers:
        shapes = [np.asarray(p.content).shape for one in readers.view(paths, {"image": preparer}) for p in one]
    assert shapes == [(5, 7, 3)] * 3


def test_an_error_stands_at_its_file(tmp_path: Path) -> None:
    paths = _files(tmp_path, 6)
    paths[1].write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    paths[4].unlink()
    reasons = []
    with Readers(2) as readers:
        for ahead in readers.view(paths):
            try:
                reasons.append(str(len(list(ahead))))
            except FormatError as error:
                reasons.append(error.reason)
    assert reasons == ["1", "damaged", "1", "1", "vanished", "1"]


def test_a_file_of_many_pieces_does_not_stop_the_line(tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full((100, 100, 3), i, np.uint8)) for i in range(40)]
    paths = [tmp_path / f"{i}.tif" for i in range(4)]
    for path in paths:
        pages[0].save(path, save_all=True, append_images=pages[1:])
    with Readers(3, ahead=70_000) as readers:  # two pieces
        assert [len(list(ahead)) for ahead in readers.view(paths, plan=Plan(pages=40))] == [40] * 4


def test_it_runs_no_further_ahead_than_it_says(tmp_path: Path) -> None:
    asked: list[int] = []

    def paths() -> Iterator[Path]:
        for i, path in enumerate(_files(tmp_path, 30)):
            asked.append(i)
            yield path

    with Readers(2) as readers:
        for done, ahead in enumerate(readers.view(paths())):
            list(ahead)
            assert max(asked) <= done + 4


def test_what_is_given_up_is_let_go(tmp_path: Path) -> None:
    paths = _files(tmp_path, 20)
    with Readers(2, ahead=1) as readers:
        for _ in range(2):
            for ahead in readers.view(paths):
                next(ahead)
                break
        assert [len(list(ahead)) for ahead in readers.view(paths[:3])] == [1, 1, 1]
    assert not [thread for thread in threading.enumerate() if thread.name == "likewise-reader"]


def test_a_preparer_that_cannot_be_sent_is_named(tmp_path: Path) -> None:
    class Mine(Preparer):
        def prepare(self, content: object) -> Array:
            return np.zeros(1)

        def inputs(self, prepared: object) -> tuple[Array, ...]:
            return ()

    with Readers() as readers:
        for ahead in readers.view(_files(tmp_path, 1), {"image": Mine()}):
            with pytest.raises(InputError, match="Mine cannot be sent"):
                list(ahead)


def test_a_preparer_of_another_modality_is_told(tmp_path: Path) -> None:
    with Readers(limits=Limits()) as readers:
        for ahead in readers.view(_files(tmp_path, 1), {"audio": ImagePreparer()}):
            with pytest.raises(FormatError, match="it holds image, and audio is wanted"):
                list(ahead)


def test_a_file_is_not_to_be_had_after_the_next(tmp_path: Path) -> None:
    with Readers() as readers:
        first, _ = list(readers.view(_files(tmp_path, 2)))
        with pytest.raises(InputError, match="before the next one"):
            list(first)


def test_arguments_are_checked() -> None:
    with pytest.raises(InputError):
        Readers(0)
