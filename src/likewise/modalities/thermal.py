"""Thermal images as their models see them: grey pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from PIL import Image

from likewise.modalities import Array, Preparer
from likewise.modalities._maps import checked, squared

__all__ = ["Heat"]

_FILTERS: Final = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@final
@dataclass(frozen=True, slots=True)
class Heat(Preparer):
    """Heat `(height, width)` as `(channels, side, side)`, from 0 to 1 and then (x - mean) / std.

    `low` to `high` becomes 0 to 1, as 8 bits are. An image that goes beyond (16 bits, kelvin) is spread between its own
    coldest and warmest pixel.
    """

    side: int = 224
    low: float = 0.0
    high: float = 255.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    filter: str = "bilinear"

    def prepare(self, content: Any) -> Array:
        """Heat `(side, side)` float32 from 0 to 1."""
        heat = checked(content, "a thermal image")
        known = heat[np.isfinite(heat)]
        low, high = float(known.min()), float(known.max())
        if low >= self.low and high <= self.high:
            low, high = self.low, self.high
        values = (np.nan_to_num(heat, nan=low, posinf=high, neginf=low) - low) / max(high - low, 1e-12)
        return squared(values.astype(np.float32), self.side, _FILTERS[self.filter])

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        """One input `(n, channels, side, side)`, a channel for every mean."""
        mean, std = (np.array(values, np.float32)[:, None, None] for values in (self.mean, self.std))
        return ((np.stack(prepared)[:, None] - mean) / std,)
