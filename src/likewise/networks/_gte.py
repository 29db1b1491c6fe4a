"""GTE of version 1.5 and later (Zhang et al. 2024, arXiv:2407.19669), under the two names it has in config.json."""

from __future__ import annotations

from typing import Final

from likewise.networks import Facts, Weights
from likewise.networks._turned import NATIVE, Layout, TurnedEncoder

__all__ = ["GteEncoder"]

_FIRST: Final = Layout(
    norm="embeddings.LayerNorm",
    layer="encoder.layer",
    qkv=("attention.qkv_proj",),
    mix="attention.o_proj",
    mix_norm="attn_ln",
    wide=("mlp.up_gate_proj",),
    down="mlp.down_proj",
    down_norm="mlp_ln",
)


_EXPECTED: Final = {
    "position_embedding_type": "rope",
    "layer_norm_type": "layer_norm",
    "pack_qkv": True,
    "logn_attention_scale": False,
}


class GteEncoder(TurnedEncoder):
    """Gated perceptrons without a bias into them, biases elsewhere."""

    layouts = (_FIRST, NATIVE)
    theta = 160000.0
    biased = frozenset(("qkv", "mix", "down"))

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        facts.only(_EXPECTED)
