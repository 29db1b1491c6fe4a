"""How the makers of a joint model turn the angle between two embeddings into a probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from likewise.types import Vectors

__all__ = ["Logits"]


@final
@dataclass(frozen=True, slots=True)
class Logits:
    """A cosine becomes scale * cosine + bias; of that the softmax over all classes, or with `each` a sigmoid for each.

    CLIP (Radford et al. 2021) learns the scale of a softmax, SigLIP (Zhai et al. 2023) scale and bias of a sigmoid.
    """

    scale: float
    bias: float = 0.0
    each: bool = False

    def scores(self, cosines: Vectors) -> Vectors:
        """Probabilities of `(n, classes)` cosines, shape kept."""
        values = cosines.astype(np.float64) * self.scale + self.bias
        if self.each:
            made = 1 / (1 + np.exp(-np.clip(values, -60, 60)))
        else:
            raised = np.exp(values - values.max(axis=-1, keepdims=True))
            made = raised / raised.sum(axis=-1, keepdims=True)
        scores: Vectors = made.astype(np.float32)
        return scores

    def __str__(self) -> str:
        bias = f" {self.bias:+.4g}" if self.bias else ""
        return f"{'sigmoid' if self.each else 'softmax'} of {self.scale:.4g} x cosine{bias}"
