"""An encoder without a network, for tests: a text's vector is drawn from its hash, and can be made to go wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import final

import numpy as np

from likewise.encoders import Encoder
from likewise.types import Role, Space, Vectors

__all__ = ["Hashed"]

_SPACE = Space(
    model="hashed",
    weights="",
    tokenizer="",
    pooling="none",
    prompts=(),
    max_length=1,
    dim=8,
    normalize=False,
    precision="fp32",
    runtime="python",
)


@final
class Hashed(Encoder):
    """`change` gets the vectors `(n, dim)` of a batch and its texts, and gives what comes out instead."""

    def __init__(
        self,
        change: Callable[[Vectors, Sequence[str]], Vectors] = lambda vectors, _: vectors,
        precision: str = "fp32",
        dim: int = 8,
    ) -> None:
        super().__init__("hashed", replace(_SPACE, precision=precision, dim=dim))
        self._change = change

    def encode_batch(self, pieces: Sequence[str], role: Role) -> Vectors:
        rows = [self._drawn(text) for text in pieces]
        return self._change(np.array(rows, dtype=np.float32), pieces).astype(np.float32)

    def _drawn(self, text: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(self.space.dim).astype(np.float32)
