"""CLAP (Wu et al. 2022, arXiv:2211.06687): sounds and texts in one space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from likewise.networks import Facts, Inputs, Node, Ops, Senses, Tower, Weights
from likewise.networks._htsat import HTSAT
from likewise.networks._roberta import RobertaEncoder

__all__ = ["Clap"]

_SPECTRA: Final = ("spectra", "float32", 4)
"""Mel spectra in dB `(n, channels, frames, mels)`, stretched to as many frames as the square of HTSAT holds."""
_TEXTS: Final[Inputs] = (("ids", "int32", 2), ("mask", "float32", 2))


@final
class Clap(Senses):
    """`model_type` clap: HTSAT hears, RoBERTa reads, a perceptron of each brings them together.

    `features` are what enters the perceptron: the mean of HTSAT's states, or the pooled first token.
    """

    cosine = True

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        heard, read = facts.inside("audio_config"), facts.inside("text_config")
        heard.only({"patch_embed_input_channels": 1, "flatten_patch_embeds": True})
        if heard.text("fusion_type", "aff_2d") == "channel_map":
            raise heard.refused("fusion_type", "aff_2d")
        self.dim = facts.integer("projection_dim", 512)
        self.fusion = heard.flag("enable_fusion", False)
        self.sounds = HTSAT(heard, weights.below("audio_model.audio_encoder."))
        self.texts = RobertaEncoder(read, weights.below("text_model."))

    @property
    def towers(self) -> Mapping[str, Tower]:
        heard: Inputs = (_SPECTRA, ("longer", "float32", 1)) if self.fusion else (_SPECTRA,)
        patches = (self.sounds.side // self.sounds.facts.pair("patch_stride", 4)[0]) ** 2
        return {
            "audio": Tower(heard, self.dim, min(patches, 1024), self._audio),
            "text": Tower(
                _TEXTS,
                self.dim,
                self.texts.positions,
                self._text,
                pad=self.texts.facts.integer("pad_token_id", 1, least=0),
                vocabulary=self.texts.vocabulary,
            ),
        }

    def _audio(self, ops: Ops, spectra: Node, longer: Node | None = None) -> Mapping[str, Node]:
        tokens = self.sounds.states(ops, spectra, longer)
        pooled = ops.mean(tokens, (1,))
        return {
            "embedding": self._projected(ops, pooled, "audio_projection", self.sounds.dim),
            "tokens": tokens,
            "features": pooled,
        }

    def _text(self, ops: Ops, ids: Node, mask: Node) -> Mapping[str, Node]:
        dim = self.texts.dim
        tokens = self.texts.states(ops, ids, mask)
        pooler = self.weights.linear("text_model.pooler.dense", dim, dim)
        pooled = ops.activation(ops.linear(ops.first(tokens), *pooler), "tanh")
        return {
            "embedding": self._projected(ops, pooled, "text_projection", dim),
            "tokens": tokens,
            "features": pooled,
        }

    def _projected(self, ops: Ops, x: Node, name: str, width: int) -> Node:
        """The embedding, of length 1 as its makers compare it."""
        x = ops.linear(x, *self.weights.linear(f"{name}.linear1", self.dim, width))
        x = ops.activation(x, self.facts.text("projection_hidden_act", "relu"))
        return ops.normalize(ops.linear(x, *self.weights.linear(f"{name}.linear2", self.dim, self.dim)))
