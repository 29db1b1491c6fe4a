"""The scale and bias of a joint network, as its checkpoint holds them."""

from __future__ import annotations

import numpy as np

from likewise.encoders._logits import Logits
from likewise.networks import Weights

__all__ = ["logits"]

_SCALES = ("logit_scale", "logit_scale_a")
"""Of CLIP, SigLIP and X-CLIP; of CLAP, for a sound among texts."""


def logits(weights: Weights) -> Logits | None:
    """A learned bias is that of a sigmoid; the scale is kept as its logarithm; None where there is none."""
    scale = next((value for name in _SCALES if (value := weights.number(name)) is not None), None)
    if scale is None:
        return None
    bias = weights.number("logit_bias")
    return Logits(float(np.exp(scale)), bias or 0.0, bias is not None)
