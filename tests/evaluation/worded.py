"""An encoder without a network that knows words: a text is the sum of vectors drawn from the hashes of its words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import final

import numpy as np

from likewise.encoders import Encoder
from likewise.types import Role, Space, Vectors

__all__ = ["Worded"]

_SPACE = Space("worded", "", "", "sum", (), 512, 64, True, "fp32", "python")


@final
class Worded(Encoder):
    """`noise` is added to every vector, drawn from the text: the more, the worse the encoder. "broken" fails."""

    def __init__(self, noise: float = 0.0) -> None:
        super().__init__("worded", _SPACE)
        self._noise = noise

    def encode_batch(self, pieces: Sequence[str], role: Role) -> Vectors:
        return np.array([self._one(text) for text in pieces], dtype=np.float32)

    def _one(self, text: str) -> Vectors:
        if text == "broken":
            raise ValueError("this text breaks the encoder")
        words = [_drawn(word) for word in text.lower().split()] or [_drawn("")]
        return np.sum(words, axis=0, dtype=np.float32) + np.float32(self._noise) * _drawn(f"{text}\0")


def _drawn(word: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(_SPACE.dim).astype(np.float32)
