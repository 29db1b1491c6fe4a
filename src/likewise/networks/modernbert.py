"""ModernBERT (Warner et al. 2024, arXiv:2412.13663): pre-norm, rotary positions, windows, gated perceptrons."""

from __future__ import annotations

from typing import final

from likewise.networks import Facts, Node, Ops, TextNetwork, Weights
from likewise.networks._encoder import heads, joined
from likewise.networks._rotary import Rotary, rotary, rotate
from likewise.networks._sight import sight

__all__ = ["ModernBert"]

_FULL = "full_attention"
_SLIDING = "sliding_attention"


@final
class ModernBert(TextNetwork):
    """`model_type` modernbert, in the layout of transformers' `ModernBertModel`."""

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self._width = facts.split("hidden_size", "num_attention_heads")
        self._heads = facts.integer("num_attention_heads")
        if self._width % 2:
            raise facts.wrong("num_attention_heads", "heads of an even width: rotary positions turn pairs")
        self._wide = facts.integer("intermediate_size")
        self._kinds = self._listed()

    def states(self, ops: Ops, ids: Node, mask: Node, types: Node | None = None) -> Node:  # noqa: ARG002 it has no segments
        reach = self.facts.integer("local_attention", 128) // 2
        kinds = sorted(set(self._kinds))
        seen = {kind: sight(ops, mask, causal=False, window=reach + 1 if kind == _SLIDING else 0) for kind in kinds}
        angles = {kind: self._rotary(kind).rows(ops, ids) for kind in kinds}
        words = self.weights("embeddings.tok_embeddings.weight", self.vocabulary, self.dim)
        x = self._norm(ops, ops.gather(ops.constant(words), ids), "embeddings.norm")
        for i, kind in enumerate(self._kinds):
            before = self._norm(ops, x, f"layers.{i}.attn_norm") if i else x  # the embeddings are normed already
            x = ops.add(x, self._attend(ops, before, seen[kind], angles[kind], f"layers.{i}.attn"))
            x = ops.add(x, self._think(ops, self._norm(ops, x, f"layers.{i}.mlp_norm"), f"layers.{i}.mlp"))
        return self._norm(ops, x, "final_norm")

    def _attend(self, ops: Ops, x: Node, bias: Node, angles: tuple[Node, Node], layer: str) -> Node:
        parts = self._linear(ops, x, f"{layer}.Wqkv", 3 * self.dim, self.dim, "attention_bias")
        query, key, value = (heads(ops, part, self._heads) for part in ops.split(parts, [self.dim] * 3, -1))
        query, key = (rotate(ops, part, angles, self._width) for part in (query, key))
        query = ops.multiply(query, ops.constant(self._width**-0.5))
        mixed = joined(ops, ops.attention(query, key, value, bias))
        return self._linear(ops, mixed, f"{layer}.Wo", self.dim, self.dim, "attention_bias")

    def _think(self, ops: Ops, x: Node, layer: str) -> Node:
        parts = self._linear(ops, x, f"{layer}.Wi", 2 * self._wide, self.dim, "mlp_bias")
        gated, gate = ops.split(parts, [self._wide] * 2, -1)
        gated = ops.multiply(ops.activation(gated, self.facts.text("hidden_activation", "gelu")), gate)
        return self._linear(ops, gated, f"{layer}.Wo", self.dim, self._wide, "mlp_bias")

    def _linear(self, ops: Ops, x: Node, name: str, out: int, into: int, biased: str) -> Node:
        return ops.linear(x, *self.weights.linear(name, out, into, self.facts.flag(biased, False)))

    def _norm(self, ops: Ops, x: Node, name: str) -> Node:
        weight, bias = self.weights.norm(name, self.dim, self.facts.flag("norm_bias", False))
        return ops.layer_norm(x, weight, bias, self.facts.number("norm_eps", 1e-5))

    def _rotary(self, kind: str) -> Rotary:
        name, theta = ("local_rope_theta", 10000.0) if kind == _SLIDING else ("global_rope_theta", 160000.0)
        return rotary(self.facts, self._width, self.facts.number(name, theta), kind)

    def _listed(self) -> list[str]:
        """The kind of every layer."""
        layers = self.facts.integer("num_hidden_layers")
        every = self.facts.integer("global_attn_every_n_layers", 3)
        listed = self.facts.words("layer_types") or [_SLIDING if i % every else _FULL for i in range(layers)]
        if len(listed) != layers or not set(listed) <= {_FULL, _SLIDING}:
            raise self.facts.wrong("layer_types", f"{layers} times {_FULL} or {_SLIDING}")
        return listed
