"""BERT (Devlin et al. 2018, arXiv:1810.04805), absolute positions."""

from __future__ import annotations

from typing import final

from likewise.networks import Facts, Node, Ops, TextNetwork, Weights, hidden
from likewise.networks._encoder import Block, embedded

__all__ = ["Bert"]


@final
class Bert(TextNetwork):
    """`model_type` bert, in the layout of transformers' `BertModel`."""

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        if facts.text("position_embedding_type", "absolute") != "absolute":
            raise facts.wrong("position_embedding_type", "absolute")
        facts.split("hidden_size", "num_attention_heads")

    def states(self, ops: Ops, ids: Node, mask: Node, types: Node | None = None) -> Node:
        facts, weights = self.facts, self.weights
        block = Block(
            weights,
            self.dim,
            facts.integer("num_attention_heads"),
            facts.integer("intermediate_size"),
            facts.text("hidden_act", "gelu"),
            facts.number("layer_norm_eps", 1e-12),
        )
        sizes = {
            "word": self.vocabulary,
            "position": self.positions,
            "token_type": facts.integer("type_vocab_size", 2),
        }
        words, places, segments = (
            weights(f"embeddings.{name}_embeddings.weight", n, self.dim) for name, n in sizes.items()
        )
        x = block.norm(ops, embedded(ops, ids, types, (words, places, segments)), "embeddings.LayerNorm")
        bias = hidden(ops, mask)
        for layer in range(facts.integer("num_hidden_layers")):
            x = block(ops, x, bias, f"encoder.layer.{layer}")
        return x
