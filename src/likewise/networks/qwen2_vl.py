"""Qwen2-VL as an encoder (Wang et al. 2024, arXiv:2409.12191): images and words, pooled from the last token, as GME."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, final

from likewise.modalities.patched import Patched
from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._decoder import Block
from likewise.networks._multimodal import SEEN, TEXT, Reader, attended, looked, preparing, turns

__all__ = ["Qwen2VL"]

_BEFORE: Final = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
_AFTER: Final = "<|im_end|>\n<|im_start|>assistant\n<|endoftext|>"
_EPSILON: Final = 1e-6


@final
class Qwen2VL(Senses):
    """`model_type` qwen2_vl, in the layout of transformers' `Qwen2VLForConditionalGeneration`.

    A content stands in the message that GME (Zhang et al. 2024, arXiv:2412.16855) was trained with, and the last token
    is the embedding. Image tokens have places in height and width; GME's own code numbers them one after the other, and
    so are they here where config.json names that code.
    """

    cosine = True

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.text = facts.inside("text_config").besides(facts.given())
        self.vision = facts.inside("vision_config")
        self.dim = self.text.integer("hidden_size")
        self.merge = self.vision.integer("spatial_merge_size", 2)

    @property
    def towers(self) -> Mapping[str, Tower]:
        reader, positions = self._reader(), self.text.integer("max_position_embeddings")
        before, after = self.framed(_BEFORE), self.framed(_AFTER) + self.framed("")
        words = Tower(TEXT, self.dim, positions, reader.text, vocabulary=reader.vocabulary, before=before, after=after)
        usual = Patched(
            self.vision.integer("patch_size", 14), self.merge, self.vision.integer("temporal_patch_size", 2)
        )
        own = json.dumps([self.facts.given().get(name) for name in ("architectures", "auto_map")]).lower()
        seen = preparing(
            self.weights.path,
            usual,
            before=(*before, self.facts.integer("vision_start_token_id", 151652)),
            after=(self.facts.integer("vision_end_token_id", 151653), *after),
            token=self.facts.integer("image_token_id", 151655),
            spatial="gme" not in own,
        )

        def image(ops: Ops, patches: Node, seats: Node, shown: Node, *told: Node) -> Mapping[str, Node]:
            return reader.image(ops, self._seen(ops, patches, seats, shown), (), told)

        return {"image": Tower(SEEN, self.dim, seen.most // seen.patch**2, image, seen), "text": words}

    def _reader(self) -> Reader:
        text, weights = self.text, self.weights.below("model.language_model.", "language_model.", "model.", "")
        count = text.integer("num_attention_heads")
        width = text.split("hidden_size", "num_attention_heads")
        text.only({"use_sliding_window": False})
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
            frozenset(("q_proj", "k_proj", "v_proj")),
        )
        rotary, axes = turns(text, width, False, [16, 24, 24])
        return Reader(weights, block, text.integer("num_hidden_layers"), text.integer("vocab_size"), rotary, axes)

    def _seen(self, ops: Ops, patches: Node, seats: Node, shown: Node) -> Node:
        """Image tokens `(n, k, dim)` of patches `(n, p, 3 frames patch^2)`."""
        facts, weights = self.vision, self.weights.below("model.visual.", "visual.")
        dim, count = facts.integer("embed_dim"), facts.integer("num_heads")
        frames, side = facts.integer("temporal_patch_size", 2), facts.integer("patch_size")
        kernel = weights("patch_embed.proj.weight", dim, 3, frames, side, side)
        x = ops.linear(patches, kernel.reshape(dim, -1))
        wide, angles = int(dim * facts.number("mlp_ratio", 4)), looked(ops, seats, dim // count)
        for layer in (f"blocks.{i}" for i in range(facts.integer("depth"))):
            y = ops.layer_norm(x, *weights.norm(f"{layer}.norm1", dim), _EPSILON)
            x = ops.add(x, attended(ops, y, weights, f"{layer}.attn", count, angles, shown))
            y = ops.layer_norm(x, *weights.norm(f"{layer}.norm2", dim), _EPSILON)
            y = ops.activation(ops.linear(y, *weights.linear(f"{layer}.mlp.fc1", wide, dim)), "quick_gelu")
            x = ops.add(x, ops.linear(y, *weights.linear(f"{layer}.mlp.fc2", dim, wide)))
        x = ops.layer_norm(x, *weights.norm("merger.ln_q", dim), _EPSILON)
        each = dim * self.merge**2
        x = ops.linear(ops.reshape(x, (0, -1, each)), *weights.linear("merger.mlp.0", each, each))
        return ops.linear(ops.activation(x, "gelu"), *weights.linear("merger.mlp.2", self.dim, each))
