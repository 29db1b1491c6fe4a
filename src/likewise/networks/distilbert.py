"""DistilBERT (Sanh et al. 2019, arXiv:1910.01108): BERT without segments, of half the layers."""

from __future__ import annotations

from typing import Final, final

from likewise.networks import Facts, Weights
from likewise.networks._encoder import Encoder, Names

__all__ = ["DistilBert"]

_THEIRS: Final = {
    "hidden_size": "dim",
    "num_attention_heads": "n_heads",
    "num_hidden_layers": "n_layers",
    "intermediate_size": "hidden_dim",
    "hidden_act": "activation",
}


@final
class DistilBert(Encoder):
    """`model_type` distilbert, in the layout of transformers' `DistilBertModel`."""

    names = Names(
        query="attention.q_lin",
        key="attention.k_lin",
        value="attention.v_lin",
        mix="attention.out_lin",
        mix_norm="sa_layer_norm",
        up="ffn.lin1",
        down="ffn.lin2",
        down_norm="output_layer_norm",
    )
    layer = "transformer.layer"
    segments = 0

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts.called(_THEIRS), weights)
