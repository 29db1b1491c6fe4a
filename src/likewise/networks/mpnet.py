"""MPNet (Song et al. 2020, arXiv:2004.09297): BERT whose scores also go by how far apart tokens are."""

from __future__ import annotations

import math
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.networks import Node, Ops, hidden
from likewise.networks._encoder import Encoder, Names
from likewise.networks._relative import between

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
        near = ops.transpose(between(ops, table[_buckets(self.positions)], mask), (2, 0, 1))
        return ops.add(ops.expand(near, 0), hidden(ops, mask))


def _buckets(positions: int) -> NDArray[np.int64]:
    """The bucket of every distance from query to key, from 1 - positions to positions - 1 (T5, arXiv:1910.10683)."""
    ahead = np.arange(1 - positions, positions)
    half, exact = _BUCKETS // 2, _BUCKETS // 4
    far = np.maximum(np.abs(ahead), 1).astype(np.float32) / np.float32(exact)
    steps = np.log(far) / np.float32(math.log(_FARTHEST / exact)) * np.float32(half - exact)
    coarse = np.minimum(exact + steps.astype(np.int64), half - 1)
    chosen: NDArray[np.int64] = np.where(np.abs(ahead) < exact, np.abs(ahead), coarse) + half * (ahead > 0)
    return chosen
