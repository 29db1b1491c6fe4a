"""The post-norm encoder with rotary positions, which Nomic, GTE and Jina lay out each in their own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from likewise.networks import Facts, Node, Ops, TextNetwork, Weights, hidden
from likewise.networks._encoder import embedded, heads, joined
from likewise.networks._rotary import Rotary, rotary, rotate
from likewise.types import Vectors

__all__ = ["NATIVE", "Layout", "TurnedEncoder"]

Linear = tuple[Vectors, Vectors | None]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a checkpoint calls its parts.

    `qkv` and `wide` are what goes into attention (query, key, value) and into the perceptron (up, then the gate
    where there is one): one tensor with all of them below each other, or one each.
    """

    norm: str
    layer: str
    qkv: tuple[str, ...]
    mix: str
    mix_norm: str
    wide: tuple[str, ...]
    down: str
    down_norm: str


NATIVE = Layout(
    norm="embeddings.LayerNorm",
    layer="layers",
    qkv=("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    mix="self_attn.o_proj",
    mix_norm="post_attention_layernorm",
    wide=("mlp.up_proj", "mlp.gate_proj"),
    down="mlp.down_proj",
    down_norm="post_mlp_layernorm",
)
"""As transformers calls them in memory; it saves them by the names that the models first came with."""


class TurnedEncoder(TextNetwork):
    """Words and segments, a norm, blocks that turn query and key by their places."""

    layouts: ClassVar[tuple[Layout, ...]] = (NATIVE,)
    """Those that checkpoints have; the first one of which a tensor is there is taken."""
    theta: ClassVar[float] = 10000.0
    epsilon: ClassVar[float] = 1e-12
    activation: ClassVar[str] = "gelu"
    gated: ClassVar[bool] = True
    segments: ClassVar[int] = 1
    biased: ClassVar[frozenset[str]] = frozenset(("qkv", "mix", "wide", "down"))
    """The linear layers that have a bias."""

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.heads = facts.integer("num_attention_heads")
        self.width = facts.split("hidden_size", "num_attention_heads")
        if facts.integer("head_dim", self.width) != self.width or self.width % 2:
            raise facts.wrong("head_dim", "hidden_size / num_attention_heads, and even: rotary positions turn pairs")
        self.wide = facts.integer("intermediate_size")
        self.layout = next((x for x in self.layouts if f"{x.norm}.weight" in weights and self._has(x)), self.layouts[0])

    def rotary(self) -> Rotary:
        """The angles of every place."""
        return rotary(self.facts, self.width, self.theta)

    def states(self, ops: Ops, ids: Node, mask: Node, types: Node | None = None) -> Node:
        angles, bias = self.rotary().rows(ops, ids), hidden(ops, mask)
        kinds = self.facts.integer("type_vocab_size", self.segments, least=0)
        words = self.weights("embeddings.word_embeddings.weight", self.vocabulary, self.dim)
        segments = self.weights("embeddings.token_type_embeddings.weight", kinds, self.dim) if kinds else None
        x = self._norm(ops, embedded(ops, ids, types, words, None, segments), self.layout.norm)
        for i in range(self.facts.integer("num_hidden_layers")):
            layer = f"{self.layout.layer}.{i}"
            mixed = self._attend(ops, x, bias, angles, layer)
            x = self._norm(ops, ops.add(x, mixed), f"{layer}.{self.layout.mix_norm}")
            x = self._norm(ops, ops.add(x, self._think(ops, x, layer)), f"{layer}.{self.layout.down_norm}")
        return x

    def _attend(self, ops: Ops, x: Node, bias: Node, angles: tuple[Node, Node], layer: str) -> Node:
        query, key, value = self._parts(layer, "qkv", self.layout.qkv, (self.dim,) * 3)
        scale = np.float32(self.width**-0.5)
        query = query[0] * scale, None if query[1] is None else query[1] * scale
        apart = [heads(ops, ops.linear(x, *part), self.heads) for part in (query, key, value)]
        turned = [rotate(ops, part, angles, self.width) for part in apart[:2]]
        mixed = joined(ops, ops.attention(turned[0], turned[1], apart[2], bias))
        return ops.linear(mixed, *self._parts(layer, "mix", (self.layout.mix,), (self.dim,))[0])

    def _think(self, ops: Ops, x: Node, layer: str) -> Node:
        up, *gate = self._parts(layer, "wide", self.layout.wide, (self.wide,) * (2 if self.gated else 1))
        activation = self.facts.text("hidden_act", self.activation)
        wide = ops.linear(x, *up)
        if gate:
            wide = ops.multiply(wide, ops.activation(ops.linear(x, *gate[0]), activation))
        else:
            wide = ops.activation(wide, activation)
        return ops.linear(wide, *self._parts(layer, "down", (self.layout.down,), (self.dim,), self.wide)[0])

    def _parts(self, layer: str, part: str, names: Sequence[str], outs: Sequence[int], into: int = 0) -> list[Linear]:
        """Linear layers of these sizes, from one tensor or from one each."""
        biased, into = part in self.biased, into or self.dim
        if len(names) == len(outs):
            sizes = zip(names, outs, strict=True)
            return [self.weights.linear(f"{layer}.{name}", out, into, biased) for name, out in sizes]
        weight, bias = self.weights.linear(f"{layer}.{names[0]}", sum(outs), into, biased)
        cuts = np.cumsum(outs)[:-1]
        biases = [None] * len(outs) if bias is None else np.split(bias, cuts)
        return list(zip(np.split(weight, cuts), biases, strict=True))

    def _norm(self, ops: Ops, x: Node, name: str) -> Node:
        return ops.layer_norm(x, *self.weights.norm(name, self.dim), self.facts.number("layer_norm_eps", self.epsilon))

    def _has(self, layout: Layout) -> bool:
        return f"{layout.layer}.0.{layout.qkv[0]}.weight" in self.weights
