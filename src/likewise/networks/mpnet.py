"""MPNet (Song et al. 2020, arXiv:2004.09297): BERT whose scores also go by how far apart tokens are."""

from __future__ import annotations

from typing import Final, final

from likewise.networks import Node, Ops, hidden
from likewise.networks._encoder import Encoder, Names
from likewise.networks._relative import between, buckets

__all__ = ["MPNet"]

_BUCKETS: Final = 32
_FARTHEST: Final = 128
"""Of the reference, which does not read them from config.json."""


@final
class MPNet(Encoder):
    """`model_type` mpnet, in the layout of transformers' `MPNetModel`."""

    names = Names(
        query="attention.attn.q",
        key="attention.attn.k",
        value="attention.attn.v",
        mix="attention.attn.o",
        mix_norm="attention.LayerNorm",
    )
    segments = 0

    def gap(self) -> int:
        return 2  # whatever pad_token_id is

    def bias(self, ops: Ops, mask: Node) -> Node:
        heads = self.facts.integer("num_attention_heads")
        rows = self.facts.integer("relative_attention_num_buckets", _BUCKETS, least=_BUCKETS)
        table = self.weights("encoder.relative_attention_bias.weight", rows, heads)
        near = ops.transpose(between(ops, table[buckets(self.positions, _BUCKETS, _FARTHEST)], mask), (2, 0, 1))
        return ops.add(ops.expand(near, 0), hidden(ops, mask))
