"""Depth as its models see it: nearness (disparity), or distance as a grey picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from PIL import Image

from likewise.modalities import Array, Preparer
from likewise.modalities._maps import checked, squared

__all__ = ["Depth"]

_FILTERS: Final = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@final
@dataclass(frozen=True, slots=True)
class Depth(Preparer):
    """Metres `(height, width)`, 0 where not known, as `(channels, side, side)`.

    With `baseline` (metres between the eyes of the camera) and `focal` (its focal length in pixels) distances from
    `near` to `far` become disparities baseline * focal / metres; they are divided by `most`, and x becomes
    (x - mean) / std. Without a baseline it is the distance that is divided. ImageBind learnt from disparities of SUN
    RGB-D; the default is the first Kinect (640 pixels wide) with Omnivore's scale and centre (Girdhar et al. 2022).
    """

    side: int = 224
    baseline: float = 0.075
    focal: float = 518.857901
    near: float = 0.01
    far: float = 50.0
    most: float = 75.0
    mean: tuple[float, ...] = (0.0418,)
    std: tuple[float, ...] = (0.0295,)
    filter: str = "bilinear"

    def prepare(self, content: Any) -> Array:
        """Disparities or distances `(side, side)` float32 from 0 to 1."""
        metres = checked(content, "a depth image")
        known = np.isfinite(metres) & (metres > 0)
        metres = np.clip(np.where(known, metres, self.far), self.near, self.far)
        if self.baseline:
            values = np.where(known, np.float32(self.baseline * self.focal) / metres, np.float32(0))
        else:
            values = np.where(known, metres, np.float32(self.near))
        values = np.minimum(values, np.float32(self.most)) / np.float32(self.most)
        return squared(values.astype(np.float32), self.side, _FILTERS[self.filter])

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        """One input `(n, channels, side, side)`, a channel for every mean."""
        mean, std = (np.array(values, np.float32)[:, None, None] for values in (self.mean, self.std))
        return ((np.stack(prepared)[:, None] - mean) / std,)
