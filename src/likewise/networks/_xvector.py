"""x-vectors (Snyder et al. 2018): who speaks, from the mean and the spread of frames behind dilated convolutions."""

from __future__ import annotations

from typing import Final

from likewise.networks import Facts, Node, Ops, Weights
from likewise.networks._averages import averaged

__all__ = ["xvector", "xvector_dim"]

_LAYERS: Final = {
    "tdnn_dim": [512, 512, 512, 512, 1500],
    "tdnn_kernel": [5, 3, 3, 1, 1],
    "tdnn_dilation": [1, 2, 3, 1, 1],
}


def xvector_dim(facts: Facts, weights: Weights) -> int:
    """Dimensions of an x-vector; 0 where the checkpoint has no layers for one."""
    return facts.integer("xvector_output_dim", 512) if "tdnn.0.kernel.weight" in weights else 0


def xvector(ops: Ops, facts: Facts, weights: Weights, x: Node, mask: Node) -> Node:
    """Vectors `(n, dim)` of speakers from states `(n, s, d)`, in the layout of transformers' `ForXVector` models.

    A sound of fewer than 16 frames (a third of a second) with the usual layers has no spread: its vector is NaN.
    """
    widths, kernels, steps = ([int(n) for n in facts.listed(name) or usual] for name, usual in _LAYERS.items())
    width = widths[0]
    x = ops.linear(x, *weights.linear("projector", width, facts.integer("hidden_size")))
    for i, (wide, kernel, step) in enumerate(zip(widths, kernels, steps, strict=True)):
        reach = (kernel - 1) * step
        taps = [ops.slice(x, 1, at * step, at * step - reach or None) for at in range(kernel)]
        x = ops.linear(ops.concat(taps, 2), *weights.linear(f"tdnn.{i}.kernel", wide, kernel * width))
        x, width = ops.activation(x, "relu"), wide
        mask = ops.slice(mask, 1, reach)  # its ones come first: as many fewer of them
    mean = averaged(ops, x, mask)
    apart = ops.multiply(ops.subtract(x, ops.expand(mean, 1)), ops.expand(mask, 2))
    count = ops.subtract(ops.sum(mask, 1, keep=True), ops.constant(1.0))
    spread = ops.sqrt(ops.divide(ops.sum(ops.multiply(apart, apart), 1), count))
    last = weights.linear("feature_extractor", facts.integer("xvector_output_dim", 512), 2 * width)
    return ops.linear(ops.concat([mean, spread], 1), *last)
