"""DeBERTa-v3 (He et al. 2021, arXiv:2111.09543): attention tells what a token holds from how far away it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from likewise.networks import Facts, Node, Ops, Weights, hidden
from likewise.networks._encoder import Block, Encoder, Names, embedded, heads, joined
from likewise.networks._relative import between

__all__ = ["DebertaV2"]


@dataclass(frozen=True, slots=True)
class _Distances:
    """How far apart tokens are: embeddings of buckets `(1, buckets, dim)`, and the bucket of every pair `(s, s)`.

    `kinds` may hold c2p, what a query holds against where a key is, and p2c, where a query is against what a key
    holds. Where `shared`, distances are projected by the weights of the tokens.
    """

    embeddings: Node
    buckets: Node
    kinds: frozenset[str]
    shared: bool


@dataclass(frozen=True, slots=True)
class _Apart(Block):
    """A layer whose attention also looks at distances; `scale` multiplies every query."""

    scale: float = 1.0

    def pass_through(self, ops: Ops, x: Node, bias: Node, layer: str, distances: _Distances | None) -> Node:
        """States after this layer."""
        query, key, value = (
            heads(ops, self.linear(ops, x, f"{layer}.{part}"), self.heads)
            for part in (self.names.query, self.names.key, self.names.value)
        )
        query = ops.multiply(query, ops.constant(self.scale))
        scores = ops.matmul(query, key, transposed=True)
        if distances is not None:
            scores = self.near(ops, scores, query, key, layer, distances)
        mixed = joined(ops, ops.matmul(ops.softmax(ops.add(scores, bias)), value))
        mixed = self.linear(ops, mixed, f"{layer}.{self.names.mix}")
        return self.think(ops, self.norm(ops, ops.add(mixed, x), f"{layer}.{self.names.mix_norm}"), layer)

    def near(self, ops: Ops, scores: Node, query: Node, key: Node, layer: str, distances: _Distances) -> Node:
        """Scores `(n, heads, s, s)` with what distances add to them."""
        content = scores
        if "c2p" in distances.kinds:
            found = ops.matmul(query, self.far(ops, "key", layer, distances), transposed=True)
            scores = ops.add(scores, ops.pick(found, ops.broadcast(distances.buckets, content)))
        if "p2c" in distances.kinds:
            far = ops.multiply(self.far(ops, "query", layer, distances), ops.constant(self.scale))
            found = ops.matmul(key, far, transposed=True)
            turned = ops.broadcast(ops.transpose(distances.buckets, (1, 0)), content)
            scores = ops.add(scores, ops.transpose(ops.pick(found, turned), (0, 1, 3, 2)))
        return scores

    def far(self, ops: Ops, part: str, layer: str, distances: _Distances) -> Node:
        """Distances as keys or queries `(1, heads, buckets, width)`."""
        name = f"{layer}.attention.self.{part}_proj" if distances.shared else f"{layer}.attention.self.pos_{part}_proj"
        return heads(ops, self.linear(ops, distances.embeddings, name), self.heads)


@final
class DebertaV2(Encoder):
    """`model_type` deberta-v2, in the layout of transformers' `DebertaV2Model`, which versions 2 and 3 share."""

    names = Names(query="attention.self.query_proj", key="attention.self.key_proj", value="attention.self.value_proj")
    projection = "embeddings.embed_proj"
    segments = 0
    epsilon = 1e-7
    relative: ClassVar[str] = "encoder.rel_embeddings.weight"

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        facts.only({"conv_kernel_size": 0})  # DeBERTa-v2-xlarge has a convolution beside its first layer
        self._kinds = frozenset(kind.strip().lower() for kind in facts.words("pos_att_type")) & {"c2p", "p2c"}

    def embedded(self, ops: Ops, ids: Node, types: Node | None) -> Node:
        words = self.weights("embeddings.word_embeddings.weight", self.vocabulary, self.narrow)
        places = self.table("position", self.places) if self.facts.flag("position_biased_input", True) else None
        segments = self.table("token_type", self.facts.integer("type_vocab_size", self.segments, least=0))
        x = self.widened(ops, embedded(ops, ids, types, words, places, segments))
        return self.block().norm(ops, x, "embeddings.LayerNorm")

    def widened(self, ops: Ops, x: Node) -> Node:
        if self.narrow == self.dim:
            return x
        return ops.linear(x, self.weights(f"{self.projection}.weight", self.dim, self.narrow))

    def block(self) -> _Apart:
        plain = super().block()
        width = self.dim // plain.heads * (1 + len(self._kinds))
        fields = (plain.dim, plain.heads, plain.wide, plain.activation, plain.epsilon, plain.names)
        return _Apart(self.weights, *fields, scale=width**-0.5)

    def states(self, ops: Ops, ids: Node, mask: Node, types: Node | None = None) -> Node:
        block, bias = self.block(), hidden(ops, mask)
        x = self.embedded(ops, ids, types)
        distances = self._distances(ops, mask) if self.facts.flag("relative_attention", False) else None
        for layer in self.passes():
            x = block.pass_through(ops, x, bias, layer, distances)
        return x

    def _distances(self, ops: Ops, mask: Node) -> _Distances:
        facts = self.facts
        most = facts.integer("max_relative_positions", -1, least=-1)
        most = most if most > 0 else self.places
        buckets = facts.integer("position_buckets", -1, least=-1)
        span = buckets if buckets > 0 else most
        x = ops.constant(self.weights(self.relative, 2 * span, self.dim))
        if "layer_norm" in [word.strip().lower() for word in facts.words("norm_rel_ebd")]:
            x = self.block().norm(ops, x, "encoder.LayerNorm")
        table = np.clip(_buckets(self.positions, buckets, most) + span, 0, 2 * span - 1).astype(np.int32)
        return _Distances(ops.expand(x, 0), between(ops, table, mask), self._kinds, facts.flag("share_att_key", False))


def _buckets(positions: int, buckets: int, most: int) -> NDArray[np.int64]:
    """The bucket of every distance from key to query, from positions - 1 down to 1 - positions.

    Near distances have one each, those beyond `buckets / 2` share them, evenly on a logarithmic scale up to `most`.
    """
    behind = np.arange(positions - 1, -positions, -1)
    if buckets <= 0:
        return behind
    middle = buckets // 2
    far = np.maximum(np.abs(behind), middle).astype(np.float32) / np.float32(middle)
    steps = np.log(far) / np.log(np.float32((most - 1) / middle)) * np.float32(middle - 1)
    shared = (np.ceil(steps) + middle).astype(np.int64) * np.sign(behind)
    return np.where(np.abs(behind) <= middle, behind, shared)
