"""HTSAT (Chen et al. 2022, arXiv:2202.00874): a spectrogram folded into a square, through a Swin transformer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.errors import ModelError
from likewise.networks import Facts, Node, Ops, Weights
from likewise.networks._averages import biased
from likewise.networks._swin import Block, merged
from likewise.types import Vectors

__all__ = ["HTSAT"]

_EPSILON = 1e-5


@dataclass(frozen=True, slots=True)
class HTSAT:
    """Spectra `(n, channels, frames, mels)` to states `(n, s, dim)`; channels are 4 with fusion (CLAP), else 1.

    With fusion the first channel is the whole sound shrunk, the others are crops of it, which count where `longer`.
    """

    facts: Facts
    weights: Weights

    @property
    def side(self) -> int:
        """Pixels along one side of the square."""
        return self.facts.integer("spec_size", 256)

    @property
    def folds(self) -> int:
        """Stretches of time that stand above one another in the square."""
        return self.side // self.facts.integer("num_mel_bins", 64)

    @property
    def depths(self) -> list[int]:
        return [int(depth) for depth in self.facts.listed("depths") or (2, 2, 6, 2)]

    @property
    def dim(self) -> int:
        """Dimensions of a last state."""
        return int(self.facts.integer("patch_embeds_hidden_size", 96) << (len(self.depths) - 1))

    def states(self, ops: Ops, spectra: Node, longer: Node | None) -> Node:
        """Last states `(n, s, dim)` behind the norm; `longer` `(n,)` is 1 for what holds crops, None without fusion."""
        facts, weights = self.facts, self.weights
        x = self._embedded(ops, self._square(ops, spectra), longer)
        side, width = self.side // facts.pair("patch_stride", 4)[0], facts.integer("patch_embeds_hidden_size", 96)
        counts = [int(count) for count in facts.listed("num_attention_heads") or (4, 8, 16, 32)]
        parts = ("query", "key", "value") if facts.flag("qkv_bias", True) else ()
        for stage, depth in enumerate(self.depths):
            name = f"layers.{stage}"
            wide = int(width * facts.number("mlp_ratio", 4.0))
            block = Block(
                weights, width, counts[stage], wide, facts.text("hidden_act", "gelu"), side, self._window(side)
            )
            for i in range(depth):
                biased(weights, width, f"{name}.blocks.{i}.attention.self", *parts)
                x = block(ops, x, f"{name}.blocks.{i}", shifted=bool(i % 2))
            if stage < len(self.depths) - 1:
                x = merged(ops, x, side, weights, f"{name}.downsample", width)
                side, width = side // 2, width * 2
        return ops.layer_norm(x, *weights.norm("norm", width), _EPSILON)

    def _window(self, side: int) -> int:
        window = self.facts.integer("window_size", 8)
        if side % window:
            raise ModelError(f"{self.facts.path}: window_size {window} does not divide the {side} patches of a side")
        return window

    def _square(self, ops: Ops, spectra: Node) -> Node:
        """Spectra as squares `(n, channels, mels * folds, frames / folds)`, every mel scaled and shifted."""
        mels, folds = self.facts.integer("num_mel_bins", 64), self.folds
        scale, shift = _folded(self.weights, "batch_norm", mels)
        x = ops.add(ops.multiply(spectra, ops.constant(scale)), ops.constant(shift))
        x = ops.transpose(ops.reshape(x, (0, 0, folds, -1, mels)), (0, 1, 2, 4, 3))
        return ops.reshape(x, (0, 0, mels * folds, -1))

    def _embedded(self, ops: Ops, squares: Node, longer: Node | None) -> Node:
        """A state for every patch `(n, s, dim)`."""
        facts, weights = self.facts, self.weights
        (tall, wide), stride = facts.pair("patch_size", 4), facts.pair("patch_stride", 4)
        width, pads = facts.integer("patch_embeds_hidden_size", 96), ((tall - stride[0]) // 2, (wide - stride[1]) // 2)
        kernel, bias = weights("patch_embed.proj.weight", width, 1, tall, wide), weights("patch_embed.proj.bias", width)
        x = ops.convolution(ops.slice(squares, 1, 0, 1), kernel, bias, stride=stride, padding=pads)
        if longer is not None:
            kernel = weights("patch_embed.mel_conv2d.weight", width, 1, tall, 3 * wide)
            bias, steps = weights("patch_embed.mel_conv2d.bias", width), (stride[0], 3 * stride[1])
            crops = [
                ops.convolution(ops.slice(squares, 1, i, i + 1), kernel, bias, stride=steps, padding=pads)
                for i in range(1, 4)
            ]
            missing = self.side // stride[1] - 3 * ((self.side + 2 * pads[1] - 3 * wide) // steps[1] + 1)
            nothing = ops.multiply(ops.slice(x, 3, 0, missing), ops.constant(0.0))
            together = self._together(ops, x, ops.concat([*crops, nothing] if missing else crops, 3))
            x = ops.add(x, ops.multiply(ops.expand(longer, 1, 2, 3), ops.subtract(together, x)))
        x = ops.transpose(ops.reshape(x, (0, 0, -1)), (0, 2, 1))
        if not facts.flag("enable_patch_layer_norm", True):
            return x
        return ops.layer_norm(x, *weights.norm("patch_embed.norm", width), _EPSILON)

    def _together(self, ops: Ops, whole: Node, crops: Node) -> Node:
        """Attentional feature fusion (Dai et al. 2020, arXiv:2009.14082) of two `(n, dim, rows, columns)`."""
        both = ops.add(whole, crops)
        seen = self._judged(ops, both, "local_att", 0)
        felt = self._judged(ops, ops.mean(both, (2, 3), keep=True), "global_att", 1)
        share = ops.activation(ops.add(seen, felt), "sigmoid")
        kept = ops.add(ops.multiply(whole, share), ops.multiply(crops, ops.subtract(ops.constant(1.0), share)))
        return ops.multiply(kept, ops.constant(2.0))

    def _judged(self, ops: Ops, x: Node, name: str, first: int) -> Node:
        """Two convolutions over single pixels with the norms of a batch behind them folded in."""
        width = self.facts.integer("patch_embeds_hidden_size", 96)
        narrow = width // self.facts.integer("aff_block_r", 4)
        for at, out, into in ((first, narrow, width), (first + 3, width, narrow)):
            place = f"patch_embed.fusion_model.{name}"
            scale, shift = _folded(self.weights, f"{place}.{at + 1}", out)
            kernel = self.weights(f"{place}.{at}.weight", out, into, 1, 1) * scale[:, None, None, None]
            x = ops.convolution(x, kernel, self.weights(f"{place}.{at}.bias", out) * scale + shift)
            x = ops.activation(x, "relu") if at == first else x
        return x


def _folded(weights: Weights, name: str, width: int) -> tuple[Vectors, Vectors]:
    """The norm of a batch after training: a factor and a summand for each channel."""
    parts = (weights(f"{name}.{part}", width) for part in ("weight", "bias", "running_mean", "running_var"))
    weight, bias, mean, variance = parts
    scale = weight / np.sqrt(variance + np.float32(_EPSILON))
    return scale, bias - mean * scale
