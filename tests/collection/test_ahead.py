"""Work ahead of the one who takes its results: in order, in bounded memory, ended at once when nobody wants more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from likewise.collection.ahead import _BYTES, Ahead, Put
from likewise.errors import FormatError
from likewise.formats import Reader

Work = Callable[[Reader, Put[int]], None]


def _counted(count: int, size: int = 1, put_so_far: list[int] | None = None) -> Work:
    def work(_: Reader, put: Put[int]) -> None:
        for number in range(count):
            put(number, size)
            if put_so_far is not None:
                put_so_far.append(number)

    return work


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_their_order(workers: int) -> None:
    with closing(Ahead[int](workers)) as ahead:
        streams = [ahead.start(_counted(count)) for count in (5, 0, 7, 1)]
        assert [list(stream) for stream in streams] == [list(range(count)) for count in (5, 0, 7, 1)]


def test_an_error_stands_behind_what_came_before_it_and_harms_no_other() -> None:
    def broken(_: Reader, put: Put[int]) -> None:
        put(1, 1)
        raise FormatError("damaged", "it ends here")

    with closing(Ahead[int](2)) as ahead:
        bad, good = ahead.start(broken), ahead.start(_counted(3))
        results = iter(bad)
        assert next(results) == 1
        with pytest.raises(FormatError, match="it ends here"):
            next(results)
        assert list(good) == [0, 1, 2]


def test_what_waits_is_bounded_in_bytes() -> None:
    put_so_far: list[int] = []
    with closing(Ahead[int](1)) as ahead:
        results = iter(ahead.start(_counted(9, _BYTES // 2, put_so_far)))
        for taken in range(1, 10):
            next(results)
            assert len(put_so_far) <= taken + 2


def test_closing_ends_a_work_that_waits_for_room() -> None:
    begun = threading.Event()

    def endless(_: Reader, put: Put[int]) -> None:
        begun.set()
        while True:
            put(0, _BYTES)

    ahead = Ahead[int](2)
    ahead.start(endless)
    assert begun.wait(10)
    ahead.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("likewise-view")]
