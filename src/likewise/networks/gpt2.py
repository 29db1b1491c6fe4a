"""GPT-2 (Radford et al. 2019), the backbone of the first decoder embedders (SGPT, arXiv:2202.08904)."""

from __future__ import annotations

from typing import Final, final

import numpy as np

from likewise.networks import Facts, Node, Ops, TextNetwork, Weights
from likewise.networks._encoder import heads, joined
from likewise.networks._sight import sight
from likewise.types import Vectors

__all__ = ["GPT2"]

_THEIRS: Final = {
    "hidden_size": "n_embd",
    "max_position_embeddings": "n_positions",
    "num_attention_heads": "n_head",
    "num_hidden_layers": "n_layer",
}


@final
class GPT2(TextNetwork):
    """`model_type` gpt2, in the layout of transformers' `GPT2Model`; its linear layers are saved transposed."""

    causal = True

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts.called(_THEIRS), weights)
        self._heads = self.facts.integer("num_attention_heads")
        self._width = self.facts.split("hidden_size", "num_attention_heads")

    def states(self, ops: Ops, ids: Node, mask: Node, types: Node | None = None) -> Node:
        words = self.weights("wte.weight", self.vocabulary, self.dim)
        places = self.weights("wpe.weight", self.positions, self.dim)
        x = ops.add(ops.gather(ops.constant(words), ids), ops.rows(places, ids))
        if types is not None:  # a segment is embedded as the word of that number
            x = ops.add(x, ops.gather(ops.constant(words), types))
        bias = sight(ops, mask, causal=True)
        for layer in range(self.facts.integer("num_hidden_layers")):
            x = self._block(ops, x, bias, layer)
        return self._norm(ops, x, "ln_f")

    def _block(self, ops: Ops, x: Node, bias: Node, layer: int) -> Node:
        x = ops.add(x, self._attend(ops, self._norm(ops, x, f"h.{layer}.ln_1"), bias, layer))
        wide = self.facts.integer("n_inner", 4 * self.dim)
        up = self._linear(ops, self._norm(ops, x, f"h.{layer}.ln_2"), f"h.{layer}.mlp.c_fc", wide, self.dim)
        up = ops.activation(up, self.facts.text("activation_function", "gelu_new"))
        return ops.add(x, self._linear(ops, up, f"h.{layer}.mlp.c_proj", self.dim, wide))

    def _attend(self, ops: Ops, x: Node, bias: Node, layer: int) -> Node:
        together = self._linear(ops, x, f"h.{layer}.attn.c_attn", 3 * self.dim, self.dim)
        query, key, value = (heads(ops, part, self._heads) for part in ops.split(together, [self.dim] * 3, 2))
        query = ops.multiply(query, ops.constant(self._scale(layer)))
        mixed = joined(ops, ops.attention(query, key, value, bias))
        return self._linear(ops, mixed, f"h.{layer}.attn.c_proj", self.dim, self.dim)

    def _scale(self, layer: int) -> float:
        scale = self._width**-0.5 if self.facts.flag("scale_attn_weights", True) else 1.0
        return scale / (layer + 1) if self.facts.flag("scale_attn_by_inverse_layer_idx", False) else scale

    def _linear(self, ops: Ops, x: Node, name: str, out: int, into: int) -> Node:
        weight: Vectors = np.ascontiguousarray(self.weights(f"{name}.weight", into, out).T)
        return ops.linear(x, weight, self.weights(f"{name}.bias", out))

    def _norm(self, ops: Ops, x: Node, name: str) -> Node:
        weight, bias = self.weights.norm(name, self.dim)
        return ops.layer_norm(x, weight, bias, self.facts.number("layer_norm_epsilon", 1e-5))
