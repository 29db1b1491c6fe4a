"""Nomic-BERT (Nussbaum et al. 2024, arXiv:2402.01613): BERT with rotary positions and gated perceptrons."""

from __future__ import annotations

from typing import Final, final

from likewise.networks import Facts, Weights
from likewise.networks._rotary import Rotary, tables
from likewise.networks._turned import NATIVE, Layout, TurnedEncoder

__all__ = ["NomicBert"]

_FIRST: Final = Layout(
    norm="emb_ln",
    layer="encoder.layers",
    qkv=("attn.Wqkv",),
    mix="attn.out_proj",
    mix_norm="norm1",
    wide=("mlp.fc11", "mlp.fc12"),
    down="mlp.fc2",
    down_norm="norm2",
)
_THEIRS: Final = {
    "hidden_size": "n_embd",
    "num_attention_heads": "n_head",
    "num_hidden_layers": "n_layer",
    "intermediate_size": "n_inner",
    "max_position_embeddings": "n_positions",
    "layer_norm_eps": "layer_norm_epsilon",
}
_EXPECTED: Final = {
    "prenorm": False,
    "causal": False,
    "use_rms_norm": False,
    "parallel_block": False,
    "rotary_emb_interleaved": False,
    "qkv_proj_bias": False,
    "mlp_fc1_bias": False,
    "mlp_fc2_bias": False,
    "moe_every_n_layers": 0,
    "rotary_emb_fraction": 1.0,
    "rotary_emb_scale_base": 0,
    "activation_function": "swiglu",
}


@final
class NomicBert(TurnedEncoder):
    """`model_type` nomic_bert, with the config.json of nomic-ai's own code or of transformers' `NomicBertModel`."""

    layouts = (_FIRST, NATIVE)
    theta = 1000.0
    activation = "silu"
    segments = 2
    biased = frozenset()

    def __init__(self, facts: Facts, weights: Weights) -> None:
        self._own = "n_embd" in facts
        super().__init__(facts.called(_THEIRS) if self._own else facts, weights)
        if not self._own:
            return
        facts.only(_EXPECTED)
        if "rotary_scaling_factor" in facts:  # stretched beyond the trained places only, by the longest of a batch
            self.positions = min(self.positions, facts.integer("max_trained_positions", 2048))

    def rotary(self) -> Rotary:
        if not self._own:
            return super().rotary()
        return tables(self.facts.number("rotary_emb_base", 10000.0), self.width, self.positions)
