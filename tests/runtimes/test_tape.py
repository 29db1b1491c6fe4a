"""The tape: constants in use are uploaded, values let go when they are used for the last time."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import numpy as np

from likewise.runtimes import Array
from likewise.runtimes._tape import Tape


class _Watched:
    """A value that tells whether it is still there."""

    def __init__(self, value: float) -> None:
        self.value = value


def test_values_are_let_go_when_last_used() -> None:
    made: list[weakref.ref[_Watched]] = []
    alive: list[int] = []

    def plus(add: float) -> Callable[[_Watched], _Watched]:
        def compute(x: _Watched) -> _Watched:
            alive.append(sum(reference() is not None for reference in made))
            result = _Watched(x.value + add)
            made.append(weakref.ref(result))
            return result

        return compute

    tape = Tape(1)
    x = tape.inputs[0]
    for _ in range(20):
        x = tape.record(plus(1), x)
    tape.finish([x], lambda value: value)
    (found,) = tape.run(_Watched(0))
    assert found.value == 20
    assert max(alive) == 1  # the one that is being used


def test_only_what_the_outputs_need_is_computed_and_uploaded() -> None:
    uploads: list[Array] = []

    def upload(value: Array) -> Array:
        uploads.append(value)
        return value * 10

    def forbidden(x: float) -> float:
        raise AssertionError(x)

    tape = Tape(2)
    used, unused = tape.constant(np.ones(2)), tape.constant(np.zeros(2))
    tape.record(forbidden, unused)
    tape.record(forbidden, tape.inputs[0])
    low, high = tape.record_many(lambda x, y: (x - y, x + y), (tape.inputs[1], used), 2)
    tape.finish([high, tape.inputs[0], high], upload)
    assert low not in (used, high)
    assert len(uploads) == 1
    found = tape.run(np.zeros(2), np.full(2, 3.0))
    np.testing.assert_array_equal(found, [[13, 13], [0, 0], [13, 13]])
    np.testing.assert_array_equal(tape.run(np.zeros(2), np.full(2, 3.0)), found)
