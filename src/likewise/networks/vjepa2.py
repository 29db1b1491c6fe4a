"""V-JEPA 2 (Assran et al. 2025, arXiv:2506.09985), its encoder, in the layout of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

import numpy as np

from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._clips import CLIP, cubes
from likewise.networks._encoder import heads, joined
from likewise.networks._patches import Names, PreNorm, clip_names
from likewise.types import Vectors

__all__ = ["VJEPA2"]

_NAMES: Final = Names(
    norm1="norm1",
    query="attention.query",
    key="attention.key",
    value="attention.value",
    mix="attention.proj",
    norm2="norm2",
    up="mlp.fc1",
    down="mlp.fc2",
)


@final
class VJEPA2(Senses):
    """Cubes of frames, blocks that turn query and key by time, row and column, a norm, the mean of all tokens.

    A checkpoint with a classifier has an attentive pooler before it, whose output are the features. The predictor is
    for training and is left away.
    """

    prefixes = ("vjepa2.",)

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        facts.only({"in_chans": 3})
        self.dim = facts.integer("hidden_size", 1024)
        self.heads = facts.integer("num_attention_heads", 16)
        self.epsilon = facts.number("layer_norm_eps", 1e-6)
        self.size = facts.integer("tubelet_size", 2), *(facts.integer("patch_size", 16),) * 2
        self.depth = facts.integer("frames_per_clip", 64) // self.size[0]
        self.across = facts.integer("crop_size", 256) // self.size[1]
        if not self.depth * self.across or self.dim % (2 * self.heads):
            raise facts.wrong("hidden_size", "even for each of num_attention_heads, and a clip that holds a cube")

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"video": Tower(CLIP, self.dim, self.depth * self.across**2, self._build)}

    def _build(self, ops: Ops, clip: Node) -> dict[str, Node]:
        block = self._block(_NAMES, self.facts.number("mlp_ratio", 4.0))
        width = self.dim // self.heads
        cos, sin = (ops.constant(table) for table in _angles(self.depth, self.across, width))

        def turn(ops: Ops, x: Node) -> Node:
            pairs = ops.reshape(x, (0, 0, -1, width // 2, 2))
            swapped = ops.concat(list(reversed(ops.split(pairs, (1, 1), -1))), -1)
            swapped = ops.reshape(swapped, (0, 0, -1, width))
            return ops.add(ops.multiply(x, cos), ops.multiply(swapped, sin))

        x = cubes(ops, clip, self.weights, "encoder.embeddings.patch_embeddings.proj", self.dim, self.size)
        for i in range(self.facts.integer("num_hidden_layers", 24)):
            x = block(ops, x, f"encoder.layer.{i}", turn=turn)
        x = block.norm(ops, x, "encoder.layernorm")
        found = {"embedding": ops.mean(x, (1,)), "tokens": x}
        return found | ({"features": self._features(ops, x)} if "pooler.query_tokens" in self.weights else {})

    def _block(self, names: Names, ratio: float) -> PreNorm:
        activation = self.facts.text("hidden_act", "gelu")
        return PreNorm(self.weights, self.dim, self.heads, int(self.dim * ratio), activation, self.epsilon, names)

    def _features(self, ops: Ops, x: Node) -> Node:
        """What the attentive pooler makes of tokens `(n, s, dim)`: blocks, then one learnt token looks at them."""
        block, last = (self._block(clip_names(attention), 4.0) for attention in ("self_attn", "cross_attn"))
        for i in range(self.facts.integer("num_pooler_layers", 3)):
            x = block(ops, x, f"pooler.self_attention_layers.{i}")
        name = "pooler.cross_attention_layer"
        seen = last.norm(ops, x, f"{name}.layer_norm1")
        asked = ops.constant(self.weights("pooler.query_tokens", 1, 1, self.dim))
        # the question is the same for every clip; its row is repeated for each
        asked = ops.broadcast(asked, ops.slice(x, 1, 0, 1))
        pairs = zip((asked, seen, seen), last.parts(name), strict=True)
        query, key, value = (heads(ops, ops.linear(y, *part), self.heads) for y, part in pairs)
        found = ops.add(asked, joined(ops, ops.attention(query, key, value, None)))
        return ops.first(last.think(ops, found, name))


def _angles(depth: int, across: int, width: int) -> tuple[Vectors, Vectors]:
    """Cosines and signed sines `(tokens, width)` of every token: a third of a head each for time, row and column.

    As its makers wrote it, the two dimensions of a pair turn at different rates: those of dimension j mod half.
    """
    third = 2 * (width // 3 // 2)
    cos, sin = np.ones((depth * across**2, width), np.float32), np.zeros((depth * across**2, width), np.float32)
    if not third:
        return cos, sin
    half = third // 2
    rates = (1.0 / np.float32(10000.0) ** (np.arange(half, dtype=np.float32) / np.float32(half))).astype(np.float32)
    signs = np.where(np.arange(third) % 2, 1, -1).astype(np.float32)
    places = np.unravel_index(np.arange(len(cos)), (depth, across, across))
    for i, place in enumerate(places):
        turned = np.tile(place.astype(np.float32)[:, None] * rates, 2)
        at = slice(i * third, (i + 1) * third)
        cos[:, at], sin[:, at] = np.cos(turned), np.sin(turned) * signs
    return cos, sin
