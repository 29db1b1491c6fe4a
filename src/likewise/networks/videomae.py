"""VideoMAE (Tong et al. 2022, arXiv:2203.12602) in the layout of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

import numpy as np

from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._clips import CLIP, cubes
from likewise.networks._patches import Names, PreNorm
from likewise.types import Vectors

__all__ = ["VideoMAE"]

_OLD: Final = Names(biases=tuple(f"attention.attention.{part}_bias" for part in "qkv"))
"""As the hub has it; the key has no bias."""


@final
class VideoMAE(Senses):
    """Cubes of two frames with fixed places, blocks, the mean of all tokens.

    A pretrained checkpoint has a norm over tokens before the mean, one tuned for classes has it behind the mean.
    """

    prefixes = ("videomae.",)

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        facts.only({"num_channels": 3})
        self.dim = facts.integer("hidden_size", 768)
        self.heads = facts.integer("num_attention_heads", 12)
        self.size = facts.integer("tubelet_size", 2), *(facts.integer("patch_size", 16),) * 2
        across = facts.integer("image_size", 224) // self.size[1]
        self.tokens = facts.integer("num_frames", 16) // self.size[0] * across**2
        if not self.tokens or self.dim % self.heads:
            raise facts.wrong("hidden_size", "a multiple of num_attention_heads, and a clip that holds a cube")

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"video": Tower(CLIP, self.dim, self.tokens, self._build)}

    def _build(self, ops: Ops, clip: Node) -> dict[str, Node]:
        weights, facts = self.weights, self.facts
        epsilon = facts.number("layer_norm_eps", 1e-12)
        block = PreNorm(
            weights,
            self.dim,
            self.heads,
            facts.integer("intermediate_size", 3072),
            facts.text("hidden_act", "gelu"),
            epsilon,
            _OLD if "encoder.layer.0.attention.attention.q_bias" in weights else Names(),
        )
        x = cubes(ops, clip, weights, "embeddings.patch_embeddings.projection", self.dim, self.size)
        x = ops.add(x, ops.constant(_places(self.tokens, self.dim)))
        for i in range(facts.integer("num_hidden_layers", 12)):
            x = block(ops, x, f"encoder.layer.{i}")
        if not facts.flag("use_mean_pooling", True):
            x = ops.layer_norm(x, *weights.norm("layernorm", self.dim), epsilon)
        return {"tokens": x, **self._pooled(ops, x)}

    def _pooled(self, ops: Ops, x: Node) -> dict[str, Node]:
        mean = ops.mean(x, (1,))
        if "fc_norm.weight" in self.weights:
            mean = ops.layer_norm(mean, *self.weights.norm("fc_norm", self.dim), 1e-5)
            return {"embedding": mean, "features": mean}
        if "classifier.weight" in self.weights:
            return {"embedding": mean, "features": ops.first(x)}
        return {"embedding": mean}


def _places(count: int, dim: int) -> Vectors:
    """Sines and cosines of every place `(count, dim)`, in turns (Vaswani et al. 2017, 3.5)."""
    rates = 10000.0 ** -(2 * (np.arange(dim) // 2) / dim)
    angles = np.arange(count)[:, None] * rates
    return np.where(np.arange(dim) % 2, np.cos(angles), np.sin(angles)).astype(np.float32)
