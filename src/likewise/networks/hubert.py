"""HuBERT (Hsu et al. 2021, arXiv:2106.07447): the network of wav2vec 2.0, trained to name hidden units."""

from __future__ import annotations

from typing import final

from likewise.networks import Facts, Weights
from likewise.networks._speech import Speech

__all__ = ["Hubert"]


@final
class Hubert(Speech):
    """`model_type` hubert, in the layout of transformers' `HubertModel`."""

    prefixes = ("hubert.",)

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.normed = facts.flag("feat_proj_layer_norm", True)
