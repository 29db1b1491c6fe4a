"""AST, the audio spectrogram transformer (Gong et al. 2021, arXiv:2104.01778)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from likewise.networks import Inputs, Node, Ops, Senses, Tower
from likewise.networks._averages import biased
from likewise.networks._patches import LATER, Names, PreNorm, led

__all__ = ["AST"]

_SPECTRA: Final[Inputs] = (("spectra", "float32", 3),)
"""Kaldi's log-mel filter banks `(n, frames, mels)`."""


@final
class AST(Senses):
    """`model_type` audio-spectrogram-transformer: the mean of its class and distillation tokens is the embedding.

    `features` are these behind the norm of the classifier, where there is one; `tokens` are patches, low mels first.
    """

    prefixes = ("audio_spectrogram_transformer.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        rows, columns = self._grid()
        return {"audio": Tower(_SPECTRA, self.facts.integer("hidden_size"), rows * columns + 2, self._audio)}

    def _grid(self) -> tuple[int, int]:
        """Patches over mels and over time; they overlap."""
        facts, (tall, wide) = self.facts, self.facts.pair("patch_size", 16)
        rows = (facts.integer("num_mel_bins", 128) - tall) // facts.integer("frequency_stride", 10) + 1
        return rows, (facts.integer("max_length", 1024) - wide) // facts.integer("time_stride", 10) + 1

    def _audio(self, ops: Ops, spectra: Node) -> Mapping[str, Node]:
        facts, weights = self.facts, self.weights
        facts.split("hidden_size", "num_attention_heads")
        dim, epsilon = facts.integer("hidden_size"), facts.number("layer_norm_eps", 1e-12)
        later = "layers.0.attention.q_proj.weight" in weights
        names = LATER if later else Names()
        parts = (names.query, names.key, names.value) if facts.flag("qkv_bias", True) else ()
        block = PreNorm(
            weights,
            dim,
            facts.integer("num_attention_heads"),
            facts.integer("intermediate_size"),
            facts.text("hidden_act", "gelu"),
            epsilon,
            names,
        )
        x = self._embedded(ops, spectra, dim)
        for i in range(facts.integer("num_hidden_layers")):
            layer = f"layers.{i}" if later else f"encoder.layer.{i}"
            biased(weights, dim, layer, *parts)
            x = block(ops, x, layer)
        x = block.norm(ops, x, "layernorm")
        pooled = ops.mean(ops.slice(x, 1, 0, 2), (1,))
        made = {"embedding": pooled, "tokens": ops.slice(x, 1, 2)}
        if "classifier.layernorm.weight" in weights:
            made["features"] = block.norm(ops, pooled, "classifier.layernorm")
        return made

    def _embedded(self, ops: Ops, spectra: Node, dim: int) -> Node:
        """Patches behind the two tokens, with their places `(n, s, dim)`."""
        facts, weights = self.facts, self.weights
        image = ops.expand(ops.transpose(spectra, (0, 2, 1)), 1)
        steps = (facts.integer("frequency_stride", 10), facts.integer("time_stride", 10))
        kernel = weights("embeddings.patch_embeddings.projection.weight", dim, 1, *facts.pair("patch_size", 16))
        bias = weights("embeddings.patch_embeddings.projection.bias", dim)
        x = ops.convolution(image, kernel, bias, stride=steps)
        x = ops.transpose(ops.reshape(x, (0, 0, -1)), (0, 2, 1))
        tokens = (weights(f"embeddings.{name}_token", 1, 1, dim)[0] for name in ("cls", "distillation"))
        rows, columns = self._grid()
        places = weights("embeddings.position_embeddings", 1, rows * columns + 2, dim)
        return ops.add(led(ops, x, *tokens), ops.constant(places))
