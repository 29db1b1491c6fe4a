"""DINOv2 (Oquab et al. 2023, arXiv:2304.07193), with registers (Darcet et al. 2023) or without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from likewise.networks import Facts, Node, Ops, Tower, Weights
from likewise.networks._patches import PIXELS, Names, PreNorm, grid, led, patches, placed

__all__ = ["described", "image_tower"]

_NAMES: Final = Names(
    norm1="norm1", norm2="norm2", up="mlp.fc1", down="mlp.fc2", scale1="layer_scale1.lambda1",
    scale2="layer_scale2.lambda1",
)  # fmt: skip


def image_tower(facts: Facts, weights: Weights, shown: tuple[int, int] | None, registers: int = 0) -> Tower:
    """The tower: its embedding is the class token behind the last norm.

    Places are those of larger images, interpolated; with `registers` as the makers of these do, smoothed.
    """
    rows, columns = grid(facts, shown)
    dim = facts.integer("hidden_size")

    def build(ops: Ops, pixels: Node) -> Mapping[str, Node]:
        block = _block(facts, weights)
        x = _embedded(ops, pixels, facts, weights, (rows, columns), registers)
        for layer in range(facts.integer("num_hidden_layers")):
            x = block(ops, x, f"encoder.layer.{layer}")
        return described(ops, block.norm(ops, x, "layernorm"), registers)

    facts.split("hidden_size", "num_attention_heads")
    facts.only({"apply_layernorm": True})
    return Tower(PIXELS, dim, rows * columns + 1 + registers, build)


def described(ops: Ops, x: Node, registers: int) -> Mapping[str, Node]:
    """The outputs of normed states: class token, then registers, then patches.

    What enters the classifier of the makers is the class token and the mean of the patches, side by side.
    """
    first, rest = ops.first(x), ops.slice(x, 1, 1 + registers)
    return {"embedding": first, "tokens": rest, "features": ops.concat([first, ops.mean(rest, (1,))], 1)}


def _block(facts: Facts, weights: Weights) -> PreNorm:
    dim = facts.integer("hidden_size")
    wide, names, activation = int(dim * facts.number("mlp_ratio", 4)), _NAMES, facts.text("hidden_act", "gelu")
    if facts.flag("use_swiglu_ffn", False):
        wide = (int(wide * 2 / 3) + 7) // 8 * 8
        names = Names(
            norm1="norm1", norm2="norm2", gated="mlp.weights_in", down="mlp.weights_out",
            scale1="layer_scale1.lambda1", scale2="layer_scale2.lambda1",
        )  # fmt: skip
        activation = "silu"
    heads = facts.integer("num_attention_heads")
    return PreNorm(weights, dim, heads, wide, activation, facts.number("layer_norm_eps", 1e-6), names)


def _embedded(ops: Ops, pixels: Node, facts: Facts, weights: Weights, wanted: tuple[int, int], registers: int) -> Node:
    dim, (rows, columns) = facts.integer("hidden_size"), grid(facts)
    kernel = weights("embeddings.patch_embeddings.projection.weight", dim, 3, *facts.pair("patch_size"))
    x = patches(ops, pixels, kernel, weights("embeddings.patch_embeddings.projection.bias", dim))
    places = weights("embeddings.position_embeddings", 1, rows * columns + 1, dim)[0]
    x = ops.add(x, ops.constant(placed(places[1:], (rows, columns), wanted, smooth=registers > 0)[None]))
    first = weights("embeddings.cls_token", 1, 1, dim)[0] + places[:1]
    more = [weights("embeddings.register_tokens", 1, registers, dim)[0]] if registers else []
    return led(ops, x, np.concatenate([first, *more]))
