"""The vision transformer (Dosovitskiy et al. 2020, arXiv:2010.11929), also of DINO (Caron et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Node, Ops, Senses, Tower
from likewise.networks._patches import PIXELS, PreNorm, grid, led, patches

__all__ = ["ViT"]


@final
class ViT(Senses):
    """`model_type` vit: the state of the class token behind the last norm is the embedding.

    `features` are what enters the classifier of the makers: a tanh layer above the class token where the checkpoint
    has one, else the class token itself.
    """

    prefixes = ("vit.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        rows, columns = grid(self.facts)
        dim = self.facts.integer("hidden_size")
        return {"image": Tower(PIXELS, dim, rows * columns + 1, self._image)}

    def _image(self, ops: Ops, pixels: Node) -> Mapping[str, Node]:
        facts, weights = self.facts, self.weights
        dim = facts.integer("hidden_size")
        facts.split("hidden_size", "num_attention_heads")
        block = PreNorm(
            weights,
            dim,
            facts.integer("num_attention_heads"),
            facts.integer("intermediate_size"),
            facts.text("hidden_act", "gelu"),
            facts.number("layer_norm_eps", 1e-12),
        )
        x = self._embedded(ops, pixels, dim)
        for layer in range(facts.integer("num_hidden_layers")):
            x = block(ops, x, f"encoder.layer.{layer}")
        x = block.norm(ops, x, "layernorm")
        first = ops.first(x)
        found = {"embedding": first, "tokens": ops.slice(x, 1, 1), "features": first}
        if "pooler.dense.weight" in weights:
            pooled = ops.linear(first, *weights.linear("pooler.dense", dim, dim))
            found["features"] = ops.activation(pooled, facts.text("pooler_act", "tanh"))
        return found

    def _embedded(self, ops: Ops, pixels: Node, dim: int) -> Node:
        """Patches and the class token with their places `(n, s, dim)`."""
        rows, columns = grid(self.facts)
        down, across = self.facts.pair("patch_size")
        kernel = self.weights("embeddings.patch_embeddings.projection.weight", dim, 3, down, across)
        x = patches(ops, pixels, kernel, self.weights("embeddings.patch_embeddings.projection.bias", dim))
        x = led(ops, x, self.weights("embeddings.cls_token", 1, 1, dim)[0])
        places = self.weights("embeddings.position_embeddings", 1, rows * columns + 1, dim)
        return ops.add(x, ops.constant(places))
