"""The two halves of Qwen2-VL, as its relatives share them: the decoder, and what makes tokens of images."""

from __future__ import annotations

from typing import Final

from likewise.networks import Facts, Node, Ops, Weights
from likewise.networks._decoder import Block
from likewise.networks._multimodal import Reader, attended, looked, turns

__all__ = ["reader", "seen"]

_EPSILON: Final = 1e-6


def reader(text: Facts, whole: Weights) -> Reader:
    """The decoder that config.json describes."""
    weights = whole.below("model.language_model.", "language_model.", "model.", "")
    dim = text.integer("hidden_size")
    count = text.integer("num_attention_heads")
    width = text.split("hidden_size", "num_attention_heads")
    text.only({"use_sliding_window": False})
    block = Block(
        weights,
        dim,
        count,
        text.integer("num_key_value_heads", count),
        width,
        text.integer("intermediate_size"),
        text.text("hidden_act", "silu"),
        text.number("rms_norm_eps", 1e-5),
        width**-0.5,
        frozenset(("q_proj", "k_proj", "v_proj")),
    )
    rotary, axes = turns(text, width, False, [16, 24, 24])
    return Reader(weights, block, text.integer("num_hidden_layers"), text.integer("vocab_size"), rotary, axes)


def seen(facts: Facts, whole: Weights, dim: int, ops: Ops, patches: Node, seats: Node, shown: Node) -> Node:
    """Image tokens `(n, k, dim)` of patches `(n, p, 3 frames patch^2)`."""
    weights = whole.below("model.visual.", "visual.")
    width, count = facts.integer("embed_dim"), facts.integer("num_heads")
    frames, side = facts.integer("temporal_patch_size", 2), facts.integer("patch_size")
    kernel = weights("patch_embed.proj.weight", width, 3, frames, side, side)
    x = ops.linear(patches, kernel.reshape(width, -1))
    wide, angles = int(width * facts.number("mlp_ratio", 4)), looked(ops, seats, width // count)
    for layer in (f"blocks.{i}" for i in range(facts.integer("depth"))):
        y = ops.layer_norm(x, *weights.norm(f"{layer}.norm1", width), _EPSILON)
        x = ops.add(x, attended(ops, y, weights, f"{layer}.attn", count, angles, shown))
        y = ops.layer_norm(x, *weights.norm(f"{layer}.norm2", width), _EPSILON)
        y = ops.activation(ops.linear(y, *weights.linear(f"{layer}.mlp.fc1", wide, width)), "quick_gelu")
        x = ops.add(x, ops.linear(y, *weights.linear(f"{layer}.mlp.fc2", width, wide)))
    x = ops.layer_norm(x, *weights.norm("merger.ln_q", width), _EPSILON)
    each = width * facts.integer("spatial_merge_size", 2) ** 2
    x = ops.linear(ops.reshape(x, (0, -1, each)), *weights.linear("merger.mlp.0", each, each))
    return ops.linear(ops.activation(x, "gelu"), *weights.linear("merger.mlp.2", dim, each))
