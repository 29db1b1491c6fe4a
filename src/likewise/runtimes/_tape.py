"""A graph as steps for a library that computes at once: recorded when it is built, replayed for each batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

__all__ = ["Tape"]

Value = Any


@dataclass(frozen=True, slots=True)
class _Step:
    compute: Callable[..., Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    spent: tuple[int, ...]
    """What no later step needs."""


@final
class Tape:
    """Steps between numbered values: the inputs first, then what the steps make; constants are there before a run."""

    def __init__(self, inputs: int) -> None:
        self.inputs = tuple(range(inputs))
        self.constants: dict[int, Value] = {}
        self._steps: list[_Step] = []
        self._outputs: tuple[int, ...] = ()
        self._made = inputs

    def constant(self, value: Value) -> int:
        """The number of a value that is the same in every run."""
        self._made += 1
        self.constants[self._made - 1] = value
        return self._made - 1

    def record(self, compute: Callable[..., Any], *inputs: int) -> int:
        """The number of what `compute` gives for these values."""
        return self.record_many(compute, inputs, 1)[0]

    def record_many(self, compute: Callable[..., Any], inputs: Sequence[int], count: int) -> list[int]:
        """The numbers of the `count` values that `compute` gives, as a sequence where there are several."""
        made = range(self._made, self._made + count)
        self._made += count
        self._steps.append(_Step(compute, tuple(inputs), tuple(made), ()))
        return list(made)

    def finish(self, outputs: Sequence[int], upload: Callable[[Value], Value]) -> None:
        """Settle the outputs: constants in use are uploaded, all others dropped, and values let go when last used."""
        needed = {*outputs}
        steps: list[_Step] = []
        for step in reversed(self._steps):
            if not needed.intersection(step.outputs):
                continue
            spent = {i for i in (*step.inputs, *step.outputs) if i not in needed and i not in self.constants}
            needed.update(step.inputs)
            steps.append(_Step(step.compute, step.inputs, step.outputs, tuple(spent)))
        self._steps = steps[::-1]
        self._outputs = tuple(outputs)
        self.constants = {i: upload(value) for i, value in self.constants.items() if i in needed}

    def run(self, *inputs: Value) -> tuple[Value, ...]:
        """The outputs for these inputs; several threads may run at once."""
        values = {**self.constants, **dict(zip(self.inputs, inputs, strict=True))}
        for step in self._steps:
            made = step.compute(*(values[i] for i in step.inputs))
            values.update(zip(step.outputs, (made,) if len(step.outputs) == 1 else made, strict=True))
            for i in step.spent:
                del values[i]
        return tuple(values[i] for i in self._outputs)
