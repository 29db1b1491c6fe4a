"""W2V-BERT 2.0 (Seamless Communication 2023, arXiv:2312.05187): Conformers (Gulati et al. 2020) over mel spectra."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from likewise.networks import Facts, Inputs, Node, Ops, Senses, Tower, Weights, hidden
from likewise.networks._averages import averaged, blended
from likewise.networks._encoder import heads, joined
from likewise.networks._relative import between

__all__ = ["Wav2Vec2Bert"]

_SPECTRA: Final[Inputs] = (("spectra", "float32", 3), ("lengths", "int32", 1))
"""Pairs of frames of log-mel banks `(n, s, 2 * mels)`, and how many of them are no padding `(n,)`."""
_FRAMES: Final = 6000
"""The most frames of one sound, two minutes: the table of distances is made for so many."""


@dataclass(frozen=True, slots=True)
class _Conformer:
    """One layer: half a perceptron, attention by content and distance, a convolution backwards, half a perceptron."""

    facts: Facts
    weights: Weights
    dim: int
    activation: str
    epsilon: float

    def __call__(self, ops: Ops, x: Node, name: str, mask: Node, apart: Node) -> Node:
        x = ops.add(x, self.half(ops, x, f"{name}.ffn1"))
        inner = self.norm(ops, x, f"{name}.self_attn_layer_norm")
        x = ops.add(x, self.attend(ops, inner, f"{name}.self_attn", mask, apart))
        x = ops.add(x, self.heard(ops, x, f"{name}.conv_module", mask))
        x = ops.add(x, self.half(ops, x, f"{name}.ffn2"))
        return self.norm(ops, x, f"{name}.final_layer_norm")

    def half(self, ops: Ops, x: Node, name: str) -> Node:
        """A perceptron behind its norm, of which half is added."""
        wide = self.facts.integer("intermediate_size")
        x = self.norm(ops, x, f"{name}_layer_norm")
        up = ops.linear(x, *self.weights.linear(f"{name}.intermediate_dense", wide, self.dim))
        weight = self.weights(f"{name}.output_dense.weight", self.dim, wide) * np.float32(0.5)
        bias = self.weights(f"{name}.output_dense.bias", self.dim) * np.float32(0.5)
        return ops.linear(ops.activation(up, self.activation), weight, bias)

    def attend(self, ops: Ops, x: Node, name: str, mask: Node, apart: Node) -> Node:
        """Attention whose scores also go by how far away a key is, as its query asks (Shaw et al. 2018)."""
        count = self.facts.integer("num_attention_heads")
        width = self.dim // count
        query, key, value = (
            heads(ops, ops.linear(x, *self.weights.linear(f"{name}.linear_{part}", self.dim, self.dim)), count)
            for part in "qkv"
        )
        query = ops.multiply(query, ops.constant(width**-0.5))
        places = self.facts.integer("left_max_position_embeddings", 64)
        places += self.facts.integer("right_max_position_embeddings", 8) + 1
        table = self.weights(f"{name}.distance_embedding.weight", places, width)
        scores = ops.matmul(query, key, transposed=True)
        near = ops.matmul(query, ops.constant(np.ascontiguousarray(table.T)))
        scores = ops.add(scores, ops.pick(near, ops.broadcast(apart, scores)))
        mixed = joined(ops, ops.matmul(ops.softmax(ops.add(scores, hidden(ops, mask))), value))
        return ops.linear(mixed, *self.weights.linear(f"{name}.linear_out", self.dim, self.dim))

    def heard(self, ops: Ops, x: Node, name: str, mask: Node) -> Node:
        """A gated convolution of each channel over the frames before."""
        dim, kernel = self.dim, self.facts.integer("conv_depthwise_kernel_size", 31)
        x = ops.multiply(self.norm(ops, x, f"{name}.layer_norm"), ops.expand(mask, 2))
        x = ops.linear(x, self.weights(f"{name}.pointwise_conv1.weight", 2 * dim, dim, 1)[:, :, 0])
        kept, gate = ops.split(x, (dim, dim), -1)
        x = ops.transpose(ops.multiply(kept, ops.activation(gate, "sigmoid")), (0, 2, 1))
        weight = self.weights(f"{name}.depthwise_conv.weight", dim, 1, kernel)
        x = ops.convolution(x, weight, padding=(kernel - 1,), groups=dim)
        x = ops.transpose(ops.slice(x, 2, 0, 1 - kernel), (0, 2, 1))  # what looks ahead is cut off
        x = ops.activation(self.norm(ops, x, f"{name}.depthwise_layer_norm"), self.activation)
        return ops.linear(x, self.weights(f"{name}.pointwise_conv2.weight", dim, dim, 1)[:, :, 0])

    def norm(self, ops: Ops, x: Node, name: str) -> Node:
        return ops.layer_norm(x, *self.weights.norm(name, self.dim), self.epsilon)


@final
class Wav2Vec2Bert(Senses):
    """`model_type` wav2vec2-bert: the mean of the last states is the embedding, as for a classifier of utterances.

    `features` are what enters such a classifier, where the checkpoint has one.
    """

    prefixes = ("wav2vec2_bert.",)

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        facts.only({"add_adapter": False, "position_embeddings_type": "relative_key"})
        facts.split("hidden_size", "num_attention_heads")
        self.dim = facts.integer("hidden_size")
        if facts.integer("conv_depthwise_kernel_size", 31) < 2:
            raise facts.wrong("conv_depthwise_kernel_size", "2 or more")

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"audio": Tower(_SPECTRA, self.dim, 1500, self._audio)}

    def _audio(self, ops: Ops, spectra: Node, lengths: Node) -> Mapping[str, Node]:
        facts, weights = self.facts, self.weights
        epsilon, into = facts.number("layer_norm_eps", 1e-5), facts.integer("feature_projection_input_dim", 160)
        x = ops.layer_norm(spectra, *weights.norm("feature_projection.layer_norm", into), epsilon)
        x = ops.linear(x, *weights.linear("feature_projection.projection", self.dim, into))
        mask = ops.less(ops.expand(ops.steps(x), 0), ops.expand(lengths, 1))
        states = [ops.multiply(x, ops.expand(mask, 2))]
        act = facts.text("hidden_act", "swish")
        layer = _Conformer(facts, weights, self.dim, "silu" if act == "swish" else act, epsilon)
        apart = self._apart(ops, x)
        for i in range(facts.integer("num_hidden_layers")):
            states.append(layer(ops, states[-1], f"encoder.layers.{i}", mask, apart))
        x = states[-1]
        made = {"embedding": averaged(ops, x, mask), "tokens": ops.multiply(x, ops.expand(mask, 2))}
        if "projector.weight" in weights and "tdnn.0.kernel.weight" not in weights:
            wide = facts.integer("classifier_proj_size", 768)
            x = blended(ops, states, weights) if facts.flag("use_weighted_layer_sum", False) else x
            made["features"] = averaged(ops, ops.linear(x, *weights.linear("projector", wide, self.dim)), mask)
        return made

    def _apart(self, ops: Ops, x: Node) -> Node:
        """The row of the table of distances for every two frames `(s, s)`, as int32."""
        left = self.facts.integer("left_max_position_embeddings", 64)
        right = self.facts.integer("right_max_position_embeddings", 8)
        ahead = np.clip(np.arange(1 - _FRAMES, _FRAMES), -left, right) + left
        return between(ops, ahead.astype(np.int32), x)
