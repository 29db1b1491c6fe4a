"""X-CLIP (Ni et al. 2022, arXiv:2208.02816): clips and words in one space, in the layout of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from likewise.networks import Facts, Inputs, Node, Ops, Senses, Tower, Weights
from likewise.networks._clips import CLIP, Block, Names, apart, attended, led, pooled
from likewise.networks._sight import sight

__all__ = ["XCLIP"]

_NAMES: Final = Names("layer_norm1", "self_attn.out_proj", "layer_norm2", "mlp.fc1", "mlp.fc2")
_PARTS: Final = tuple(f"self_attn.{part}_proj" for part in "qkv")


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
        self.vision, self.text = facts.inside("vision_config"), facts.inside("text_config")
        self.vision.only({"num_channels": 3, "mit_hidden_size": self.dim})
        self.frames = self.vision.integer("num_frames", 8)
        self.side = self.vision.integer("patch_size", 32)
        self.places = (self.vision.integer("image_size", 224) // self.side) ** 2
        if not self.places:
            raise self.vision.wrong("image_size", f"{self.side} or more, its patch_size")
        self.positions = self.text.integer("max_position_embeddings", 77)
        self.vocabulary = self.text.integer("vocab_size", 49408)

    @property
    def towers(self) -> Mapping[str, Tower]:
        ids: Inputs = (("ids", "int32", 2), ("mask", "float32", 2))
        words = Tower(ids, self.dim, self.positions, self._words, vocabulary=self.vocabulary)
        return {"video": Tower(CLIP, self.dim, self.frames * (self.places + 1), self._clip), "text": words}

    def _clip(self, ops: Ops, clip: Node) -> dict[str, Node]:
        block = _block(self.vision, self.weights, "", (768, 12, 3072))
        dim = block.dim
        x = block.norm(ops, self._embedded(ops, clip, dim), "vision_model.pre_layernorm")
        for i in range(self.vision.integer("num_hidden_layers", 12)):
            x = self._across(ops, x, block, f"vision_model.encoder.layers.{i}")
        x = block.norm(ops, ops.first(x), "vision_model.post_layernorm")
        x = ops.linear(x, self.weights("visual_projection.weight", self.dim, dim))
        x = ops.reshape(x, (-1, self.frames, self.dim))
        places = self.weights("mit.position_embedding", 1, self.frames, self.dim)
        joint, y = _block(self.vision, self.weights, "mit_", (512, 8, 2048)), ops.add(x, ops.constant(places))
        for i in range(self.vision.integer("mit_num_hidden_layers", 1)):
            y = joint(ops, y, f"mit.encoder.layers.{i}")
        y = ops.add(y, x)
        return {"embedding": pooled(ops, y), "tokens": y}

    def _embedded(self, ops: Ops, clip: Node, dim: int) -> Node:
        """Tokens `(n x frames, 1 + places, dim)`."""
        weights, side = self.weights.below("vision_model.embeddings."), self.side
        frames = ops.reshape(clip, (-1, 3, *(self.vision.integer("image_size", 224),) * 2))
        x = ops.convolution(frames, weights("patch_embedding.weight", dim, 3, side, side), stride=(side, side))
        x = ops.transpose(ops.reshape(x, (0, dim, -1)), (0, 2, 1))
        x = led(ops, ops.constant(weights("class_embedding", dim)[None, None]), x)
        return ops.add(x, ops.constant(weights("position_embedding.weight", self.places + 1, dim)))

    def _across(self, ops: Ops, x: Node, block: Block, layer: str) -> Node:
        """A block over the places of a frame and a token more: what this frame heard from all frames of its clip."""
        dim = block.dim
        told = ops.linear(ops.first(x), *self.weights.linear(f"{layer}.message_fc", dim, dim))
        told = ops.reshape(told, (-1, self.frames, dim))
        parts = apart(self.weights, dim, [f"message_attn.{part}_proj" for part in "qkv"])(layer)
        heard = attended(ops, block.norm(ops, told, f"{layer}.message_ln"), parts, block.heads)
        heard = ops.linear(heard, *self.weights.linear(f"{layer}.message_attn.out_proj", dim, dim))
        told = ops.reshape(ops.add(told, heard), (-1, 1, dim))
        seen = block.norm(ops, ops.concat([x, told], 1), f"{layer}.{block.names.before}")
        mixed = ops.slice(block.attend(ops, seen, layer), 1, 0, self.places + 1)
        return block.think(ops, ops.add(x, mixed), layer)

    def _words(self, ops: Ops, ids: Node, mask: Node) -> dict[str, Node]:
        block = _block(self.text, self.weights, "", (512, 8, 2048))
        dim, weights = block.dim, self.weights.below("text_model.embeddings.")
        x = ops.gather(ops.constant(weights("token_embedding.weight", self.vocabulary, dim)), ids)
        x = ops.add(x, ops.rows(weights("position_embedding.weight", self.positions, dim), ids))
        bias = sight(ops, mask, causal=True)
        for i in range(self.text.integer("num_hidden_layers", 12)):
            x = block(ops, x, f"text_model.encoder.layers.{i}", bias=bias)
        x = block.norm(ops, x, "text_model.final_layer_norm")
        projected = ops.linear(_last(ops, x, mask), self.weights("text_projection.weight", self.dim, dim))
        return {"embedding": projected, "tokens": x}


def _block(facts: Facts, weights: Weights, prefix: str, usual: tuple[int, int, int]) -> Block:
    """The layers of one transformer of it; `usual` is dim, heads and width where config.json says none."""
    dim = facts.integer(f"{prefix}hidden_size", usual[0])
    count = facts.integer(f"{prefix}num_attention_heads", usual[1])
    if dim % count:
        raise facts.wrong(f"{prefix}hidden_size", f"a multiple of {prefix}num_attention_heads, {count}")
    return Block(
        weights,
        dim,
        count,
        facts.integer(f"{prefix}intermediate_size", usual[2]),
        facts.text("hidden_act", "quick_gelu"),
        facts.number("layer_norm_eps", 1e-5),
        _NAMES,
        apart(weights, dim, _PARTS),
    )


def _last(ops: Ops, x: Node, mask: Node) -> Node:
    """The state of the last token of each text `(n, d)`: the end, which the tokenizer sets."""
    after = ops.concat([ops.slice(mask, 1, 1), ops.multiply(ops.slice(mask, 1, 0, 1), ops.constant(0.0))], 1)
    chosen = ops.subtract(mask, after)
    return ops.sum(ops.multiply(x, ops.expand(chosen, 2)), 1)
