"""ConvNeXt (Liu et al. 2022, arXiv:2201.03545) and ConvNeXt V2 (Woo et al. 2023, arXiv:2301.00808)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from likewise.networks import Facts, Node, Ops, Tower, Weights
from likewise.networks._patches import PIXELS

__all__ = ["image_tower"]

_INNER: Final = 1e-6
"""What the norms within stages add to the variance."""


def image_tower(facts: Facts, weights: Weights, shown: tuple[int, int] | None, responsive: bool) -> Tower:
    """The tower: the normed mean of the last map is the embedding; `responsive` layers are those of V2."""
    widths, depths = facts.listed("hidden_sizes"), facts.listed("depths")
    patch = facts.integer("patch_size", 4)
    height, width = shown or facts.pair("image_size", 224)

    def build(ops: Ops, pixels: Node) -> Mapping[str, Node]:
        x = _shrunk(ops, pixels, weights, "embeddings.patch_embeddings", (widths[0], 3, patch, patch))
        x = _normed(ops, x, weights, "embeddings.layernorm", widths[0])
        for stage, (depth, size) in enumerate(zip(depths, widths, strict=True)):
            name = f"encoder.stages.{stage}"
            if stage:
                x = _normed(ops, x, weights, f"{name}.downsampling_layer.0", widths[stage - 1])
                x = _shrunk(ops, x, weights, f"{name}.downsampling_layer.1", (size, widths[stage - 1], 2, 2))
            for layer in range(depth):
                x = _layer(ops, x, facts, weights, (f"{name}.layers.{layer}", size, responsive))
        norm = weights.norm("layernorm", widths[-1])
        mean = ops.layer_norm(ops.mean(x, (2, 3)), *norm, facts.number("layer_norm_eps", 1e-12))
        tokens = ops.transpose(ops.reshape(x, (0, 0, -1)), (0, 2, 1))
        return {"embedding": mean, "tokens": tokens, "features": mean}

    return Tower(PIXELS, int(widths[-1]), (height // 16) * (width // 16), build)


def _layer(ops: Ops, x: Node, facts: Facts, weights: Weights, which: tuple[str, int, bool]) -> Node:
    """A layer of that name on x `(n, size, height, width)`: a wide look at each channel, then a perceptron."""
    name, size, responsive = which
    kernel, bias = weights(f"{name}.dwconv.weight", size, 1, 7, 7), weights(f"{name}.dwconv.bias", size)
    seen = ops.convolution(x, kernel, bias, padding=(3, 3), groups=size)
    seen = ops.transpose(seen, (0, 2, 3, 1))
    seen = ops.layer_norm(seen, *weights.norm(f"{name}.layernorm", size), _INNER)
    up = ops.linear(seen, *weights.linear(f"{name}.pwconv1", 4 * size, size))
    up = ops.activation(up, facts.text("hidden_act", "gelu"))
    weight, shift = weights(f"{name}.pwconv2.weight", size, 4 * size), weights(f"{name}.pwconv2.bias", size)
    if responsive:
        up = _responded(ops, up, weights, f"{name}.grn", 4 * size)
    elif f"{name}.layer_scale_parameter" in weights:
        scale = weights(f"{name}.layer_scale_parameter", size)
        weight, shift = weight * scale[:, None], shift * scale
    return ops.add(x, ops.transpose(ops.linear(up, weight, shift), (0, 3, 1, 2)))


def _responded(ops: Ops, x: Node, weights: Weights, name: str, size: int) -> Node:
    """Channels of x `(n, height, width, size)` compete by their lengths over all places (GRN)."""
    gain, shift = (weights(f"{name}.{part}", 1, 1, 1, size) for part in ("weight", "bias"))
    length = ops.sqrt(ops.sum(ops.sum(ops.multiply(x, x), 1, keep=True), 2, keep=True))
    share = ops.divide(length, ops.add(ops.mean(length, (3,), keep=True), ops.constant(1e-6)))
    gained = ops.add(ops.multiply(ops.constant(gain), share), ops.constant(1.0))
    return ops.add(ops.multiply(x, gained), ops.constant(shift))


def _shrunk(ops: Ops, x: Node, weights: Weights, name: str, shape: tuple[int, int, int, int]) -> Node:
    """A convolution of places that do not overlap."""
    return ops.convolution(x, weights(f"{name}.weight", *shape), weights(f"{name}.bias", shape[0]), stride=shape[2:])


def _normed(ops: Ops, x: Node, weights: Weights, name: str, size: int) -> Node:
    """A layer norm over the channels of x `(n, size, height, width)`."""
    x = ops.layer_norm(ops.transpose(x, (0, 2, 3, 1)), *weights.norm(name, size), _INNER)
    return ops.transpose(x, (0, 3, 1, 2))
