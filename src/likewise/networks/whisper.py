"""The encoder of Whisper (Radford et al. 2022, arXiv:2212.04356)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

import numpy as np

from likewise.networks import Facts, Inputs, Node, Ops, Senses, Tower, Weights
from likewise.networks._averages import averaged, biased, blended
from likewise.networks._patches import Names, PreNorm

__all__ = ["Whisper"]

_SPECTRA: Final[Inputs] = (("spectra", "float32", 3), ("lengths", "int32", 1))
"""Log-mel spectra `(n, mels, frames)` of always the same length, and how many frames are sound `(n,)`."""

_NAMES: Final = Names(
    norm1="self_attn_layer_norm",
    query="self_attn.q_proj",
    key="self_attn.k_proj",
    value="self_attn.v_proj",
    mix="self_attn.out_proj",
    norm2="final_layer_norm",
    up="fc1",
    down="fc2",
)


@final
class Whisper(Senses):
    """`model_type` whisper: the mean of the encoder's last states over the frames of sound is the embedding.

    The encoder sees the silence behind a short sound, as it was trained, but silence is not averaged. The decoder,
    which writes words, has no part in it. `features` are what enters a classifier of utterances, where there is one:
    the mean over all frames.
    """

    prefixes = ("model.encoder.", "encoder.")

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.dim = facts.integer("d_model")
        facts.split("d_model", "encoder_attention_heads")

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"audio": Tower(_SPECTRA, self.dim, self.facts.integer("max_source_positions", 1500), self._audio)}

    def _audio(self, ops: Ops, spectra: Node, lengths: Node) -> Mapping[str, Node]:
        facts, weights = self.facts, self.weights
        block = PreNorm(
            weights,
            self.dim,
            facts.integer("encoder_attention_heads"),
            facts.integer("encoder_ffn_dim"),
            facts.text("activation_function", "gelu"),
            1e-5,
            _NAMES,
        )
        x = ops.transpose(self._heard(ops, spectra), (0, 2, 1))
        places = weights("embed_positions.weight", facts.integer("max_source_positions", 1500), self.dim)
        x = ops.add(x, ops.constant(places[None]))
        states = [x]
        for layer in range(facts.integer("encoder_layers")):
            biased(weights, self.dim, f"layers.{layer}", _NAMES.query, _NAMES.value)
            states.append(block(ops, states[-1], f"layers.{layer}"))
        states[-1] = x = block.norm(ops, states[-1], "layer_norm")
        starts = ops.multiply(ops.steps(x), ops.constant(np.array(2, dtype=np.int32)))
        mask = ops.less(ops.expand(starts, 0), ops.expand(lengths, 1))
        made = {"embedding": averaged(ops, x, mask), "tokens": ops.multiply(x, ops.expand(mask, 2))}
        if "projector.weight" in weights:
            wide = facts.integer("classifier_proj_size", 256)
            x = blended(ops, states, weights) if facts.flag("use_weighted_layer_sum", False) else x
            made["features"] = ops.linear(ops.mean(x, (1,)), *weights.linear("projector", wide, self.dim))
        return made

    def _heard(self, ops: Ops, spectra: Node) -> Node:
        """Features `(n, dim, frames / 2)` of spectra."""
        x, width = spectra, self.facts.integer("num_mel_bins", 80)
        for name, stride in (("conv1", 1), ("conv2", 2)):
            kernel, bias = self.weights(f"{name}.weight", self.dim, width, 3), self.weights(f"{name}.bias", self.dim)
            x = ops.activation(ops.convolution(x, kernel, bias, stride=(stride,), padding=(1,)), "gelu")
            width = self.dim
        return x
