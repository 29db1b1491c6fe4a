"""X-CLIP (Ni et al. 2022, arXiv:2208.02816): clips and words in one space, in the layout of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._clip import clip_text
from likewise.networks._clips import CLIP
from likewise.networks._patches import PreNorm, clip_names, led, patches

__all__ = ["XCLIP"]


@final
class XCLIP(Senses):
    """CLIP over frames that send each other messages, then a small transformer over frames; CLIP's text tower.

    A clip is embedded as `get_video_features` does it, a text as `get_text_features`: projected, without the generator
    that shifts a text towards the clip it is compared with, since a vector that is kept cannot know it.
    """

    cosine = True

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.dim = facts.integer("projection_dim", 512)
        self.vision = facts.inside("vision_config")
        self.vision.only({"num_channels": 3, "mit_hidden_size": self.dim})
        self.frames = self.vision.integer("num_frames", 8)
        self.side = self.vision.integer("patch_size", 32)
        self.places = (self.vision.integer("image_size", 224) // self.side) ** 2
        if not self.places:
            raise self.vision.wrong("image_size", f"{self.side} or more, its patch_size")

    @property
    def towers(self) -> Mapping[str, Tower]:
        words = clip_text(self.facts.inside("text_config"), self.weights, self.dim)
        return {"video": Tower(CLIP, self.dim, self.frames * (self.places + 1), self._clip), "text": words}

    def _clip(self, ops: Ops, clip: Node) -> dict[str, Node]:
        block, message = (self._block(attention, "", (768, 12, 3072)) for attention in ("self_attn", "message_attn"))
        dim = block.dim
        x = block.norm(ops, self._embedded(ops, clip, dim), "vision_model.pre_layernorm")
        for i in range(self.vision.integer("num_hidden_layers", 12)):
            x = self._across(ops, x, block, message, f"vision_model.encoder.layers.{i}")
        x = block.norm(ops, ops.first(x), "vision_model.post_layernorm")
        x = ops.linear(x, self.weights("visual_projection.weight", self.dim, dim))
        x = ops.reshape(x, (-1, self.frames, self.dim))
        places = self.weights("mit.position_embedding", 1, self.frames, self.dim)
        joint, y = self._block("self_attn", "mit_", (512, 8, 2048)), ops.add(x, ops.constant(places))
        for i in range(self.vision.integer("mit_num_hidden_layers", 1)):
            y = joint(ops, y, f"mit.encoder.layers.{i}")
        y = ops.add(y, x)
        return {"embedding": ops.mean(y, (1,)), "tokens": y}

    def _embedded(self, ops: Ops, clip: Node, dim: int) -> Node:
        """Tokens `(n x frames, 1 + places, dim)`."""
        weights, side = self.weights.below("vision_model.embeddings."), self.side
        frames = ops.reshape(clip, (-1, 3, *(self.vision.integer("image_size", 224),) * 2))
        x = patches(ops, frames, weights("patch_embedding.weight", dim, 3, side, side), None)
        x = led(ops, x, weights("class_embedding", dim)[None])
        return ops.add(x, ops.constant(weights("position_embedding.weight", self.places + 1, dim)))

    def _across(self, ops: Ops, x: Node, block: PreNorm, message: PreNorm, layer: str) -> Node:
        """A block over the places of a frame and a token more: what this frame heard from all frames of its clip."""
        dim = block.dim
        told = ops.linear(ops.first(x), *self.weights.linear(f"{layer}.message_fc", dim, dim))
        told = ops.reshape(told, (-1, self.frames, dim))
        heard = message.attend(ops, message.norm(ops, told, f"{layer}.message_ln"), layer)
        told = ops.reshape(ops.add(told, heard), (-1, 1, dim))
        seen = block.norm(ops, ops.concat([x, told], 1), f"{layer}.{block.names.norm1}")
        mixed = ops.slice(block.attend(ops, seen, layer), 1, 0, self.places + 1)
        return block.think(ops, ops.add(x, mixed), layer)

    def _block(self, attention: str, prefix: str, usual: tuple[int, int, int]) -> PreNorm:
        """The layers of one transformer of it; `usual` is dim, heads and width where config.json says none."""
        facts = self.vision
        dim = facts.integer(f"{prefix}hidden_size", usual[0])
        count = facts.integer(f"{prefix}num_attention_heads", usual[1])
        if dim % count:
            raise facts.wrong(f"{prefix}hidden_size", f"a multiple of {prefix}num_attention_heads, {count}")
        return PreNorm(
            self.weights,
            dim,
            count,
            facts.integer(f"{prefix}intermediate_size", usual[2]),
            facts.text("hidden_act", "quick_gelu"),
            facts.number("layer_norm_eps", 1e-5),
            clip_names(attention),
        )
