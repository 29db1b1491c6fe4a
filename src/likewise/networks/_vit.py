"""The vision transformer as transformers lays it out: a class token, learnt places, pre-norm blocks, a norm."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from likewise.networks import Facts, Node, Ops, Tower, Weights
from likewise.networks._patches import PIXELS, PreNorm, grid, led, patches, placed

__all__ = ["image_tower"]


def image_tower(facts: Facts, weights: Weights, shown: tuple[int, int] | None, pooler: bool = True) -> Tower:
    """The tower: its embedding is the class token behind the last norm.

    `features` are what enters the classifier of the makers: where `pooler` and the checkpoint has one, a tanh layer
    above the class token, else the class token itself.
    """
    rows, columns = grid(facts, shown)
    dim = facts.integer("hidden_size")

    def build(ops: Ops, pixels: Node) -> Mapping[str, Node]:
        block = PreNorm(
            weights,
            dim,
            facts.integer("num_attention_heads"),
            facts.integer("intermediate_size"),
            facts.text("hidden_act", "gelu"),
            facts.number("layer_norm_eps", 1e-12),
        )
        x = _embedded(ops, pixels, facts, weights, (rows, columns))
        for layer in range(facts.integer("num_hidden_layers")):
            x = block(ops, x, f"encoder.layer.{layer}")
        x = block.norm(ops, x, "layernorm")
        first = ops.first(x)
        found = {"embedding": first, "tokens": ops.slice(x, 1, 1), "features": first}
        if pooler and "pooler.dense.weight" in weights:
            made = ops.linear(first, *weights.linear("pooler.dense", facts.integer("pooler_output_size", dim), dim))
            found["features"] = ops.activation(made, facts.text("pooler_act", "tanh"))
        return found

    facts.split("hidden_size", "num_attention_heads")
    return Tower(PIXELS, dim, rows * columns + 1, build)


def _embedded(ops: Ops, pixels: Node, facts: Facts, weights: Weights, wanted: tuple[int, int]) -> Node:
    """Patches and the class token with their places `(n, s, dim)`."""
    dim, (rows, columns) = facts.integer("hidden_size"), grid(facts)
    kernel = weights("embeddings.patch_embeddings.projection.weight", dim, 3, *facts.pair("patch_size"))
    x = patches(ops, pixels, kernel, weights("embeddings.patch_embeddings.projection.bias", dim))
    x = led(ops, x, weights("embeddings.cls_token", 1, 1, dim)[0])
    places = weights("embeddings.position_embeddings", 1, rows * columns + 1, dim)[0]
    places = np.concatenate([places[:1], placed(places[1:], (rows, columns), wanted)])
    return ops.add(x, ops.constant(places[None]))
