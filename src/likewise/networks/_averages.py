"""What networks of sounds share: averages of frames and of layers, biases that must be there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from likewise.networks import Node, Ops, Weights

__all__ = ["averaged", "biased", "blended"]


def averaged(ops: Ops, x: Node, mask: Node) -> Node:
    """The mean `(n, d)` of the states `(n, s, d)` that count."""
    return ops.divide(ops.sum(ops.multiply(x, ops.expand(mask, 2)), 1), ops.sum(mask, 1, keep=True))


def blended(ops: Ops, states: Sequence[Node], weights: Weights) -> Node:
    """Layers together, each by its share: how classifiers of SUPERB (Yang et al. 2021, arXiv:2105.01051) see them."""
    raised = np.exp(weights("layer_weights", len(states)).astype(np.float64))
    shares = (raised / raised.sum()).astype(np.float32)
    parts = [ops.multiply(state, ops.constant(share)) for state, share in zip(states, shares, strict=True)]
    return reduce(ops.add, parts)


def biased(weights: Weights, dim: int, layer: str, *names: str) -> None:
    """Raises ModelError for a linear layer without its bias `(dim,)`, where a block would take it for one without."""
    for name in names:
        weights(f"{layer}.{name}.bias", dim)
