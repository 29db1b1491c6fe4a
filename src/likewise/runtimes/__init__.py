"""Runtimes execute a network; one file, one way to run it.

A `Network` holds what a text transformer is (facts and weights), a `Runtime` turns token ids into vectors.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from likewise.types import Vectors

__all__ = ["Dense", "Network", "Pooling", "Runtime", "Tokens"]

Pooling = Literal["mean", "cls", "max", "mean_sqrt_len"]
Tokens = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Dense:
    """A linear layer after pooling: weight `(out, in)`, bias `(out,)` or None, and its activation."""

    weight: Vectors
    bias: Vectors | None
    activation: Literal["identity", "tanh"]


@dataclass(frozen=True, slots=True)
class Network:
    """A BERT encoder with its pooling: the facts of `config.json` and the weights by their checkpoint names."""

    layers: int
    heads: int
    dim: int
    positions: int
    epsilon: float
    activation: str
    pooling: Pooling
    normalize: bool
    weights: Mapping[str, Vectors]
    dense: tuple[Dense, ...] = ()

    @property
    def out(self) -> int:
        """Dimensions of the vectors that come out."""
        return self.dense[-1].weight.shape[0] if self.dense else self.dim


class Runtime(ABC):
    """Executes one network. Not safe for several threads at once."""

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
        """The arithmetic in use: `fp32` or `bf16`."""

    @abstractmethod
    def run(self, ids: Tokens, lengths: NDArray[np.int32]) -> Vectors:
        """Vectors `(n, out)` of n token rows `(n, longest)`; row i counts up to `lengths[i]`, the rest is padding."""
