"""Late chunking: passages pooled from the tokens of one pass over a text (Günther et al. 2024, arXiv:2409.04701)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.encoders.text._located import Located
from likewise.errors import InputError
from likewise.networks import Graph, Node, Ops
from likewise.networks._steps import Step
from likewise.parts import find
from likewise.runtimes import Runtime
from likewise.types import Vectors

__all__ = ["Spans", "check", "finishing"]


@final
class Spans:
    """Sums of the vectors of the tokens of every span, taken in as they come; `counts` are their tokens."""

    def __init__(self, text: Located, spans: Sequence[tuple[int, int]], dim: int) -> None:
        wanted = np.array(spans, dtype=np.int64).reshape(-1, 2)
        # tokens stand in order, so those that hold a character of a span are neighbours
        self._first = np.searchsorted(text.places[:, 1], wanted[:, 0], side="right")
        last = np.searchsorted(text.places[:, 0], wanted[:, 1], side="left")
        self._last = np.maximum(self._first, last)
        self._sums = np.zeros((len(wanted), dim))
        self.counts: NDArray[np.int64] = self._last - self._first

    def take(self, kept: slice, vectors: Vectors) -> None:
        """Add the vectors of the tokens `kept` of the text."""
        first = np.clip(self._first, kept.start, kept.stop) - kept.start
        last = np.clip(self._last, kept.start, kept.stop) - kept.start
        for span in np.flatnonzero(first < last):
            self._sums[span] += vectors[first[span] : last[span]].sum(axis=0, dtype=np.float64)

    def means(self, rows: NDArray[Any]) -> Vectors:
        """The means `(n, dim)` of some spans, none of them empty."""
        means: Vectors = (self._sums[rows] / self.counts[rows, None]).astype(np.float32)
        return means


def check(text: object, spans: Sequence[tuple[int, int]]) -> None:
    """Raises InputError for spans that do not lie in the text."""
    if not isinstance(text, str):
        raise InputError(f"passages are taken from one text, was given {type(text).__name__}")
    for start, end in spans:
        if not 0 <= start < end <= len(text):
            raise InputError(f"span {start} to {end} does not lie in the text of {len(text)} characters")


def finishing(steps: Sequence[Step], runtime: str) -> Callable[[Vectors], Vectors]:
    """What a model does after pooling, for vectors `(n, dim)` that were pooled elsewhere; compiled when first used."""

    def build(ops: Ops, x: Node) -> tuple[Node, ...]:
        for step in steps:
            x = step.apply(ops, x)
        return (x,)

    @cache
    def compiled() -> Runtime:
        made: Runtime = find("runtimes", runtime)(Graph("steps", (("vectors", "float32", 2),), build), "fp32", 1)
        return made

    return lambda vectors: compiled().run(vectors)[0] if steps else vectors
