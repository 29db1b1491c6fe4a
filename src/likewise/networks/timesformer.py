"""TimeSformer (Bertasius et al. 2021, arXiv:2102.05095) in the layout of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._clips import CLIP
from likewise.networks._patches import Names, PreNorm, led

__all__ = ["TimeSformer"]


@final
class TimeSformer(Senses):
    """Patches of every frame; each layer looks over time at one place, then over one frame ("divided space-time").

    The embedding is the state of the class token after the last norm.
    """

    prefixes = ("timesformer.",)

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        facts.only({"num_channels": 3})
        self.kind = facts.text("attention_type", "divided_space_time")
        if self.kind not in ("divided_space_time", "joint_space_time"):
            raise facts.refused("attention_type", "divided_space_time or joint_space_time")
        self.dim = facts.integer("hidden_size", 768)
        self.heads = facts.integer("num_attention_heads", 12)
        self.frames = facts.integer("num_frames", 8)
        self.patch = facts.integer("patch_size", 16)
        self.places = (facts.integer("image_size", 224) // self.patch) ** 2
        if not self.places or self.dim % self.heads:
            raise facts.wrong("hidden_size", "a multiple of num_attention_heads, and frames that hold a patch")

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"video": Tower(CLIP, self.dim, 1 + self.places * self.frames, self._build)}

    def _build(self, ops: Ops, clip: Node) -> dict[str, Node]:
        block, time = self._block("attention"), self._block("temporal_attention")
        x = self._embedded(ops, clip)
        for i in range(self.facts.integer("num_hidden_layers", 12)):
            layer = f"encoder.layer.{i}"
            if self.kind == "divided_space_time":
                x = block.think(ops, self._divided(ops, x, block, time, layer), layer)
            else:
                x = block(ops, x, layer)
        x = block.norm(ops, x, "layernorm")
        found = {"embedding": ops.first(x), "tokens": x}
        return found | ({"features": ops.first(x)} if "classifier.weight" in self.weights else {})

    def _block(self, attention: str) -> PreNorm:
        facts = self.facts
        return PreNorm(
            self.weights,
            self.dim,
            self.heads,
            facts.integer("intermediate_size", 3072),
            facts.text("hidden_act", "gelu"),
            facts.number("layer_norm_eps", 1e-6),
            Names(packed=f"{attention}.attention.qkv", mix=f"{attention}.output.dense"),
        )

    def _embedded(self, ops: Ops, clip: Node) -> Node:
        """Tokens `(n, 1 + places x frames, dim)`: the class token, then every place over all frames."""
        weights, dim = self.weights, self.dim
        name, side = "embeddings.patch_embeddings.projection", self.patch
        kernel, bias = weights(f"{name}.weight", dim, 3, side, side), weights(f"{name}.bias", dim)
        # a cube of one frame is a patch
        x = ops.transpose(clip, (0, 2, 1, 3, 4))
        x = ops.convolution(x, kernel[:, :, None], bias, stride=(1, side, side))
        x = ops.transpose(ops.reshape(x, (0, dim, self.frames, self.places)), (0, 3, 2, 1))
        places = weights("embeddings.position_embeddings", 1, self.places + 1, dim)
        times = weights("embeddings.time_embeddings", 1, self.frames, dim)
        x = ops.add(x, ops.constant(places[0, 1:, None] + times))
        start = weights("embeddings.cls_token", 1, 1, dim)[0] + places[0, :1]
        return led(ops, ops.reshape(x, (0, -1, dim)), start)

    def _divided(self, ops: Ops, x: Node, block: PreNorm, time: PreNorm, layer: str) -> Node:
        """Attention over the frames of each place, then over the places of each frame with the class token."""
        dim, frames, places = self.dim, self.frames, self.places
        start, x = ops.slice(x, 1, 0, 1), ops.slice(x, 1, 1)
        over_time = block.norm(ops, ops.reshape(x, (-1, frames, dim)), f"{layer}.temporal_layernorm")
        mixed = time.attend(ops, over_time, layer)
        mixed = ops.linear(mixed, *self.weights.linear(f"{layer}.temporal_dense", dim, dim))
        x = ops.add(x, ops.reshape(mixed, (-1, places * frames, dim)))

        by_frame = ops.transpose(ops.reshape(x, (0, places, frames, dim)), (0, 2, 1, 3))
        starts = ops.broadcast(ops.expand(start, 1), ops.slice(by_frame, 2, 0, 1))
        over_space = ops.reshape(ops.concat([starts, by_frame], 2), (-1, places + 1, dim))
        mixed = block.attend(ops, block.norm(ops, over_space, f"{layer}.layernorm_before"), layer)
        mixed = ops.reshape(mixed, (-1, frames, places + 1, dim))
        begun = ops.mean(ops.slice(mixed, 2, 0, 1), (1,))
        rest = ops.reshape(ops.transpose(ops.slice(mixed, 2, 1), (0, 2, 1, 3)), (0, -1, dim))
        return ops.add(ops.concat([start, x], 1), ops.concat([begun, rest], 1))
