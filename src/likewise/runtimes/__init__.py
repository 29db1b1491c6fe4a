"""Runtimes execute a network; one file, one way to run it.

A `Graph` says what is computed in operations that every runtime has, `Saved` names a network that was saved as a file;
a `Runtime` compiles either once and runs it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.networks import Graph, Inputs, Node

__all__ = ["Array", "Runtime", "Saved", "Tokens", "chosen", "cpu_only"]

Array = NDArray[Any]
Tokens = NDArray[np.int32]


@final
@dataclass(frozen=True, slots=True)
class Saved:
    """A text network in a file, .onnx or .xml with its .bin, and what is to follow it.

    Of `inputs` the file gets ids and mask, and types where there are some: the segments of tokens.
    """

    path: Path
    inputs: Inputs
    states: Callable[..., tuple[Node, ...]]
    """states(ops, states `(n, s, d)`, *inputs) -> outputs, where the file gives a vector for each token"""
    vectors: Callable[..., tuple[Node, ...]] | None = None
    """vectors(ops, vectors `(n, d)`, *inputs) -> outputs, where it gives one for each text; None: it is refused"""


class Runtime(ABC):
    """Executes one graph. `run` may be called from several threads; `lanes` of them at once pay."""

    @abstractmethod
    def __init__(
        self,
        graph: Graph | Saved,
        precision: str = "auto",
        threads: int | None = None,
        samples: Sequence[Sequence[Array]] = (),
        device: str | None = None,
    ) -> None:
        """Compile; `samples` are inputs of the graph by which integers are scaled, where a precision needs it.

        Raises InputError for a precision or a device that is not offered here, threads under 1 (None: every core), or
        integers without samples; ModelError for a file that cannot be run.
        """

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the runtime, as a space carries it."""

    @property
    @abstractmethod
    def version(self) -> str:
        """Version of the library behind it."""

    @property
    @abstractmethod
    def precision(self) -> str:
        """The arithmetic in use: `fp32`, `bf16`, `fp16`, or `int8:` with a digest of its scales."""

    @property
    @abstractmethod
    def lanes(self) -> int:
        """How many threads may call `run` at once to use the whole machine."""

    @property
    @abstractmethod
    def budget(self) -> int:
        """How many tokens, padding counted, a batch should hold at most."""

    @abstractmethod
    def run(self, *inputs: Array) -> tuple[Array, ...]:
        """The outputs of the graph, float32, for its inputs in their order."""

    @final
    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.precision}, {self.version})"


def chosen(precision: str, offered: tuple[str, ...], auto: str, threads: int | None) -> str:
    """The precision that is meant, `auto` resolved. Raises InputError as `Runtime` says."""
    if precision not in ("auto", *offered):
        raise InputError(f"precision {precision!r} is not known here: take auto, {' or '.join(offered)}")
    if threads is not None and threads < 1:
        raise InputError(f"threads={threads} must be 1 or more, or None for every core")
    return auto if precision == "auto" else precision


def cpu_only(runtime: str, device: str | None) -> None:
    """Raises InputError for any device but the CPU."""
    if device not in (None, "cpu"):
        raise InputError(
            f"runtime {runtime} runs on the CPU, not on {device!r}: leave device out, or take runtime torch"
        )
