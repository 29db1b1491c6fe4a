"""What a token may see: only those before it, only those near it, never padding."""

from __future__ import annotations

from likewise.networks import MASKED, Node, Ops, hidden

__all__ = ["sight"]


def sight(ops: Ops, mask: Node, *, causal: bool, window: int = 0) -> Node:
    """What to add to attention scores `(n, heads, s, s)` so that a token does not see what it must not.

    A causal token sees itself and those before it; with a `window` only those less than so many places away. Texts
    are padded at the end, so that looking back alone never meets padding: then the answer is `(1, 1, s, s)` and the
    same for every text, whatever else is in the batch.
    """
    if not causal and not window:
        return hidden(ops, mask)
    # places are compared as integers: bf16 knows no odd number over 256
    places = ops.steps(mask)
    ahead = ops.subtract(ops.expand(places, 0), ops.expand(places, 1))
    flags = [ops.less(ops.constant(0), ahead)] if causal else []
    if window:
        behind = ops.subtract(ops.constant(0), ahead)
        flags += [ops.less(ops.constant(window - 1), way) for way in ((behind,) if causal else (behind, ahead))]
    outside = flags[0]
    for flag in flags[1:]:
        outside = ops.add(outside, flag)
    bias = ops.multiply(ops.expand(outside, 0, 1), ops.constant(MASKED))
    return bias if causal else ops.add(bias, hidden(ops, mask))
