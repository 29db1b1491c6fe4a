"""Qwen3-VL as an encoder of images and words, pooled from the last token, as Qwen3-VL-Embedding (arXiv:2601.04720)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from likewise.modalities.patched import Patched
from likewise.networks import Facts, Inputs, Node, Ops, Senses, Tower, Weights
from likewise.networks._decoder import Block
from likewise.networks._multimodal import SEEN, TEXT, Reader, attended, looked, preparing, turns

__all__ = ["Qwen3VL"]

_BEFORE: Final = "<|im_start|>system\nRepresent the user's input.<|im_end|>\n<|im_start|>user\n"
_AFTER: Final = "<|im_end|>\n<|im_start|>assistant\n"
_EPSILON: Final = 1e-6
_NEAR: Final[Inputs] = (("near", "int32", 3), ("shares", "float32", 3))
_HALF: Final = (0.5, 0.5, 0.5)


@final
class Qwen3VL(Senses):
    """`model_type` qwen3_vl, in the layout of transformers' `Qwen3VLForConditionalGeneration`.

    A content stands in the message that Qwen3-VL-Embedding was trained with, the last token is the embedding. States of
    some layers of the vision transformer go into the first layers of the decoder (DeepStack, arXiv:2406.04334).
    """

    cosine = True

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.text, self.vision = facts.inside("text_config"), facts.inside("vision_config")
        self.dim = self.text.integer("hidden_size")
        self.merge = self.vision.integer("spatial_merge_size", 2)

    @property
    def towers(self) -> Mapping[str, Tower]:
        reader, positions = self._reader(), self.text.integer("max_position_embeddings")
        before, after = self.framed(_BEFORE), self.framed(_AFTER) + self.framed("")
        words = Tower(TEXT, self.dim, positions, reader.text, vocabulary=reader.vocabulary, before=before, after=after)
        side, frames = self.vision.integer("patch_size", 16), self.vision.integer("temporal_patch_size", 2)
        unit = (side * self.merge) ** 2
        usual = Patched(side, self.merge, frames, 4 * unit, 1800 * unit, _HALF, _HALF)
        seen = preparing(
            self.weights.path,
            usual,
            before=(*before, self.facts.integer("vision_start_token_id", 151652)),
            after=(self.facts.integer("vision_end_token_id", 151653), *after),
            token=self.facts.integer("image_token_id", 151655),
            side=self._side(),
        )

        def image(ops: Ops, patches: Node, seats: Node, shown: Node, *rest: Node) -> Mapping[str, Node]:
            *told, near, shares = rest
            images, deep = self._seen(ops, patches, (seats, shown), (near, shares))
            return reader.image(ops, images, deep, tuple(told))

        inputs = (*SEEN, *_NEAR)
        return {"image": Tower(inputs, self.dim, seen.most // seen.patch**2, image, seen), "text": words}

    def _side(self) -> int:
        return int(self.vision.integer("num_position_embeddings") ** 0.5)

    def _reader(self) -> Reader:
        text, weights = self.text, self.weights.below("model.language_model.", "language_model.", "model.", "")
        count = text.integer("num_attention_heads")
        width = text.integer("head_dim", 128)
        block = Block(
            weights,
            self.dim,
            count,
            text.integer("num_key_value_heads", count),
            width,
            text.integer("intermediate_size"),
            text.text("hidden_act", "silu"),
            text.number("rms_norm_eps", 1e-6),
            width**-0.5,
            frozenset(("q_proj", "k_proj", "v_proj", "o_proj")) if text.flag("attention_bias", False) else frozenset(),
            turned=True,
        )
        rotary, axes = turns(text, width, True, [24, 20, 20])
        return Reader(weights, block, text.integer("num_hidden_layers"), text.integer("vocab_size"), rotary, axes)

    def _seen(
        self, ops: Ops, patches: Node, where: tuple[Node, Node], grid: tuple[Node, Node]
    ) -> tuple[Node, tuple[Node, ...]]:
        """Image tokens `(n, k, dim)` of patches, and those of the layers that go deeper."""
        facts, weights = self.vision, self.weights.below("model.visual.", "visual.")
        dim, count = facts.integer("hidden_size"), facts.integer("num_heads")
        frames, side = facts.integer("temporal_patch_size", 2), facts.integer("patch_size")
        kernel = weights("patch_embed.proj.weight", dim, 3, frames, side, side)
        x = ops.linear(patches, kernel.reshape(dim, -1), weights("patch_embed.proj.bias", dim))
        places = ops.gather(ops.constant(weights("pos_embed.weight", self._side() ** 2, dim)), grid[0])
        x = ops.add(x, ops.sum(ops.multiply(places, ops.expand(grid[1], 3)), 2))
        wide, angles = facts.integer("intermediate_size"), looked(ops, where[0], dim // count)
        act, deep = (
            facts.text("hidden_act", "gelu_pytorch_tanh"),
            [int(at) for at in facts.listed("deepstack_visual_indexes")],
        )
        found: dict[int, Node] = {}
        for i in range(facts.integer("depth")):
            layer = f"blocks.{i}"
            y = ops.layer_norm(x, *weights.norm(f"{layer}.norm1", dim), _EPSILON)
            x = ops.add(x, attended(ops, y, weights, f"{layer}.attn", count, angles, where[1]))
            y = ops.layer_norm(x, *weights.norm(f"{layer}.norm2", dim), _EPSILON)
            y = ops.activation(ops.linear(y, *weights.linear(f"{layer}.mlp.linear_fc1", wide, dim)), act)
            x = ops.add(x, ops.linear(y, *weights.linear(f"{layer}.mlp.linear_fc2", dim, wide)))
            if i in deep:
                found[i] = self._merged(
                    ops, x, weights.below(f"deepstack_merger_list.{deep.index(i)}."), dim, late=True
                )
        return self._merged(ops, x, weights.below("merger."), dim, late=False), tuple(found[at] for at in deep)

    def _merged(self, ops: Ops, x: Node, weights: Weights, dim: int, *, late: bool) -> Node:
        """Patches of one token side by side, normed before or `late`, through two linear layers."""
        each = dim * self.merge**2
        if late:
            x = ops.reshape(x, (0, -1, each))
        x = ops.layer_norm(x, *weights.norm("norm", each if late else dim), _EPSILON)
        x = ops.linear(ops.reshape(x, (0, -1, each)), *weights.linear("linear_fc1", each, each))
        return ops.linear(ops.activation(x, "gelu"), *weights.linear("linear_fc2", self.dim, each))
