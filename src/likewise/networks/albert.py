"""ALBERT (Lan et al. 2020, arXiv:1909.11942): few layers, each gone through several times."""

from __future__ import annotations

from typing import final

from likewise.networks import Node, Ops
from likewise.networks._encoder import Encoder, Names

__all__ = ["Albert"]


@final
class Albert(Encoder):
    """`model_type` albert, in the layout of transformers' `AlbertModel`."""

    names = Names(
        query="attention.query",
        key="attention.key",
        value="attention.value",
        mix="attention.dense",
        mix_norm="attention.LayerNorm",
        up="ffn",
        down="ffn_output",
        down_norm="full_layer_layer_norm",
    )
    projection = "encoder.embedding_hidden_mapping_in"

    def passes(self) -> list[str]:
        groups = self.facts.integer("num_hidden_groups", 1)
        inner = range(self.facts.integer("inner_group_num", 1))
        # as the reference divides: layers that the groups do not share evenly still have one group each
        chosen = [int(i / (self.layers / groups)) for i in range(self.layers)]
        return [f"encoder.albert_layer_groups.{group}.albert_layers.{i}" for group in chosen for i in inner]

    def widened(self, ops: Ops, x: Node) -> Node:
        return ops.linear(x, *self.weights.linear(self.projection, self.dim, self.narrow))
