"""wav2vec 2.0 (Baevski et al. 2020, arXiv:2006.11477) and its relatives: convolutions over samples, then attention.

Sounds of a batch are filled up with zeros at the end. Every network here keeps padding out of each state, whatever its
preprocessing says of an attention mask: checkpoints without one (group norm) were trained on sounds of equal length,
and a sound in a batch is to have the vector that it has alone. That takes the lengths in three places: the group norm
behind the first convolution, the states before the positional convolution, and the scores of attention.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from likewise.networks import Facts, Inputs, Node, Ops, Senses, Tower, Weights, hidden
from likewise.networks._averages import averaged, blended
from likewise.networks._encoder import Block, Names
from likewise.networks._patches import Names as PreNames
from likewise.networks._patches import PreNorm
from likewise.networks._xvector import xvector, xvector_dim
from likewise.types import Vectors

__all__ = ["WAVEFORM", "Speech"]

WAVEFORM: Final[Inputs] = (("waveform", "float32", 2), ("lengths", "int32", 1))
"""Samples `(n, samples)` and how many of them are no padding `(n,)`."""

_CONVOLUTIONS: Final = {
    "conv_dim": [512] * 7,
    "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
    "conv_stride": [5, 2, 2, 2, 2, 2, 2],
}
_AFTER: Final = Names(
    query="attention.q_proj",
    key="attention.k_proj",
    value="attention.v_proj",
    mix="attention.out_proj",
    mix_norm="layer_norm",
    up="feed_forward.intermediate_dense",
    down="feed_forward.output_dense",
    down_norm="final_layer_norm",
)
_BEFORE: Final = PreNames(
    norm1="layer_norm",
    query="attention.q_proj",
    key="attention.k_proj",
    value="attention.v_proj",
    mix="attention.out_proj",
    norm2="final_layer_norm",
    up="feed_forward.intermediate_dense",
    down="feed_forward.output_dense",
)

Layer = Callable[[Node, str], Node]
"""layer(states, name) -> states"""


class Speech(Senses):
    """Samples to frames of 20 ms; the mean of their last states is the embedding, as for a classifier of utterances.

    `features` are what enters such a classifier, where the checkpoint has one. One that was tuned to tell speakers
    apart has x-vectors for both.
    """

    normed: bool = True
    """Whether features of convolutions go through a norm before they are projected."""

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        facts.only({"add_adapter": False, "adapter_attn_dim": None, "conv_pos_batch_norm": False})
        facts.split("hidden_size", "num_attention_heads")
        self.dim = facts.integer("hidden_size")
        self.speakers = xvector_dim(facts, weights)
        self.epsilon = facts.number("layer_norm_eps", 1e-5)
        self.activation = facts.text("feat_extract_activation", "gelu")
        self.stable = facts.flag("do_stable_layer_norm", False)
        self.widths, self.kernels, self.strides = (
            [int(n) for n in facts.listed(name) or usual] for name, usual in _CONVOLUTIONS.items()
        )
        if not len(self.widths) == len(self.kernels) == len(self.strides):
            raise facts.wrong("conv_dim", "as many numbers as conv_kernel and conv_stride have")
        if facts.text("feat_extract_norm", "group") not in ("group", "layer"):
            raise facts.refused("feat_extract_norm", "group or layer")

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"audio": Tower(WAVEFORM, self.speakers or self.dim, 1500, self._audio)}

    def _audio(self, ops: Ops, waveform: Node, lengths: Node) -> Mapping[str, Node]:
        x = ops.transpose(self._heard(ops, waveform, lengths), (0, 2, 1))
        if self.normed:
            x = self._norm(ops, x, "feature_projection.layer_norm", self.widths[-1], self.epsilon)
        x = ops.linear(x, *self.weights.linear("feature_projection.projection", self.dim, self.widths[-1]))
        mask = self._mask(ops, x, lengths, len(self.widths))
        x = ops.multiply(x, ops.expand(mask, 2))
        states = self._attended(ops, ops.add(x, self._places(ops, x)), mask)
        x = self._norm(ops, states[-1], "encoder.layer_norm", self.dim, self.epsilon) if self.stable else states[-1]
        made = {"embedding": averaged(ops, x, mask), "tokens": ops.multiply(x, ops.expand(mask, 2))}
        if "projector.weight" in self.weights:
            x = blended(ops, states, self.weights) if self.facts.flag("use_weighted_layer_sum", False) else x
            if self.speakers:
                made["embedding"] = made["features"] = xvector(ops, self.facts, self.weights, x, mask)
            else:
                made["features"] = averaged(ops, self._projected(ops, x), mask)
        return made

    def _projected(self, ops: Ops, x: Node) -> Node:
        wide = self.facts.integer("classifier_proj_size", 256)
        return ops.linear(x, *self.weights.linear("projector", wide, self.dim))

    def _mask(self, ops: Ops, like: Node, lengths: Node, layers: int) -> Node:
        """1 for every frame after so many convolutions that lies wholly inside its sound, `(n, s)` as `like`."""
        stride, field = 1, 1  # samples from frame to frame, and under one
        for kernel, step in zip(self.kernels[:layers], self.strides[:layers], strict=True):
            field += (kernel - 1) * stride
            stride *= step
        ends = ops.add(ops.multiply(ops.steps(like), ops.constant(stride)), ops.constant(field - 1))
        return ops.less(ops.expand(ends, 0), ops.expand(lengths, 1))

    def _heard(self, ops: Ops, waveform: Node, lengths: Node) -> Node:
        """Features `(n, width, s)` of samples."""
        x, width = ops.expand(waveform, 1), 1
        grouped = self.facts.text("feat_extract_norm", "group") == "group"
        biased = self.facts.flag("conv_bias", False)
        for i, (wide, kernel, stride) in enumerate(zip(self.widths, self.kernels, self.strides, strict=True)):
            name = f"feature_extractor.conv_layers.{i}"
            weight = self.weights(f"{name}.conv.weight", wide, width, kernel)
            bias = self.weights(f"{name}.conv.bias", wide) if biased else None
            if grouped and not i:
                x = self._grouped(ops, x, lengths, weight, bias)
            else:
                x = ops.convolution(x, weight, bias, stride=(stride,))
            width = wide
            if not grouped:
                x = self._norm(ops, ops.transpose(x, (0, 2, 1)), f"{name}.layer_norm", wide, 1e-5)
                x = ops.transpose(x, (0, 2, 1))
            x = ops.activation(x, self.activation)
        return x

    def _grouped(self, ops: Ops, x: Node, lengths: Node, weight: Vectors, bias: Vectors | None) -> Node:
        """The first convolution `(n, channels, s)`, every channel with mean 0 and variance 1 over frames that count.

        As a product with the samples under each frame: runtimes lay out a convolution in a way that sums over time
        would first have to undo.
        """
        kernel, name = weight.shape[2], "feature_extractor.conv_layers.0.layer_norm"
        under = ops.convolution(x, np.eye(kernel, dtype=np.float32)[:, None], stride=self.strides[:1])
        mask = ops.expand(self._mask(ops, ops.first(under), lengths, 1), 1)
        count = ops.sum(mask, -1, keep=True)
        x = ops.matmul(ops.constant(np.ascontiguousarray(weight[:, 0])), under)
        x = ops.multiply(x if bias is None else ops.add(x, ops.constant(bias[:, None])), mask)
        mean = ops.divide(ops.sum(x, -1, keep=True), count)
        square = ops.divide(ops.sum(ops.multiply(x, x), -1, keep=True), count)
        variance = ops.subtract(square, ops.multiply(mean, mean))  # samples have the mean 0, so nothing cancels
        gain, offset = (self.weights(f"{name}.{part}", self.widths[0])[:, None] for part in ("weight", "bias"))
        scale = ops.divide(ops.constant(gain), ops.sqrt(ops.add(variance, ops.constant(1e-5))))
        return ops.add(ops.multiply(x, scale), ops.subtract(ops.constant(offset), ops.multiply(mean, scale)))

    def _norm(self, ops: Ops, x: Node, name: str, width: int, epsilon: float) -> Node:
        return ops.layer_norm(x, *self.weights.norm(name, width), epsilon)

    def _places(self, ops: Ops, x: Node) -> Node:
        """What a convolution over time says of where a frame stands, `(n, s, dim)`."""
        name, groups = "encoder.pos_conv_embed.conv", self.facts.integer("num_conv_pos_embedding_groups", 16)
        kernel = self.facts.integer("num_conv_pos_embeddings", 128)
        weight = self._weight(name, (self.dim, self.dim // groups, kernel))
        found = ops.convolution(
            ops.transpose(x, (0, 2, 1)),
            weight,
            self.weights(f"{name}.bias", self.dim),
            padding=(kernel // 2,),
            groups=groups,
        )
        if kernel % 2 == 0:
            found = ops.slice(found, 2, 0, -1)
        return ops.transpose(ops.activation(found, self.activation), (0, 2, 1))

    def _weight(self, name: str, shape: tuple[int, int, int]) -> Vectors:
        """A kernel kept as lengths and directions of its taps (Salimans & Kingma 2016), by either of torch's names."""
        lengths, ways = f"{name}.weight_g", f"{name}.weight_v"
        if lengths not in self.weights:
            lengths, ways = (f"{name}.parametrizations.weight.original{i}" for i in range(2))
        way = self.weights(ways, *shape).astype(np.float64)
        length = np.sqrt((way**2).sum((0, 1), keepdims=True))
        return np.asarray(way * (self.weights(lengths, 1, 1, shape[2]) / length), dtype=np.float32)

    def _attended(self, ops: Ops, x: Node, mask: Node) -> list[Node]:
        """States `(n, s, dim)` before the first layer and behind every one, without a norm behind the last.

        So transformers 5 gives them to `blended`, where transformers 4 normed the last.
        """
        if not self.stable:
            x = self._norm(ops, x, "encoder.layer_norm", self.dim, self.epsilon)
        layer, states = self._layer(ops, x, mask), [x]
        for i in range(self.facts.integer("num_hidden_layers")):
            states.append(layer(states[-1], f"encoder.layers.{i}"))
        return states

    def _layer(self, ops: Ops, x: Node, mask: Node) -> Layer:
        """What every layer does to states."""
        facts, padding = self.facts, hidden(ops, mask)
        count, wide = facts.integer("num_attention_heads"), facts.integer("intermediate_size")
        sizes = (self.weights, self.dim, count, wide, facts.text("hidden_act", "gelu"), self.epsilon)
        bias = self.bias(ops, x, padding)
        if not self.stable:
            after = Block(*sizes, names=_AFTER)
            return lambda x, name: after(ops, x, bias(x, name), name)
        before = PreNorm(*sizes, names=_BEFORE)
        return lambda x, name: before(ops, x, name, bias(before.norm(ops, x, f"{name}.layer_norm"), name))

    def bias(self, ops: Ops, x: Node, padding: Node) -> Layer:  # noqa: ARG002 a leaf looks at more
        """What is added to the scores of a layer's attention, for the states that enter it."""
        return lambda x, name: padding  # noqa: ARG005
