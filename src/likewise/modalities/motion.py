"""Motion as its models feel it: six axes of an inertial measurement unit over a few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.errors import InputError
from likewise.modalities import Array, Preparer
from likewise.types import Motion

__all__ = ["Steps"]


@final
@dataclass(frozen=True, slots=True)
class Steps(Preparer):
    """A `Motion` as `(axes, samples)`: `samples` of them at `rate` Hz, between which it is interpolated linearly.

    ImageBind takes 5 s at 400 Hz: accelerations of three axes, then turns around them (Ego4D). What is shorter is
    followed by zeros, what is longer is cut into windows, the last one ending with it.
    """

    samples: int = 2000
    rate: float = 400.0
    axes: int = 6

    def prepare(self, content: Any) -> Array:
        """The first window `(axes, samples)` float32."""
        values = self._checked(content)
        length = int((len(values) - 1) * self.rate / content.rate) + 1
        at = np.arange(min(length, self.samples)) * (content.rate / self.rate)
        places = np.arange(len(values))
        found = np.stack([np.interp(at, places, axis) for axis in values.T.astype(np.float64)])
        return np.pad(found, ((0, 0), (0, self.samples - found.shape[1]))).astype(np.float32)

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        """One input `(n, axes, samples)`."""
        return (np.stack(prepared),)

    def windows(self, content: Any) -> Sequence[Motion]:
        """Windows of as many seconds as one input holds."""
        values = self._checked(content)
        size = round(self.samples * content.rate / self.rate)
        if len(values) <= size:
            return (content,)
        starts = [*range(0, len(values) - size, size), len(values) - size]
        return tuple(Motion(values[start : start + size], content.rate) for start in starts)

    def _checked(self, content: Any) -> Array:
        if not isinstance(content, Motion):
            raise InputError(
                f"motion is a likewise.types.Motion (samples and their rate), not {type(content).__name__}"
            )
        values = np.asarray(content.samples, dtype=np.float32)
        if values.ndim != 2 or values.shape[1] != self.axes or not len(values):
            raise InputError(
                f"the motion has samples {values.shape}, wanted (n, {self.axes}): accelerations, then turns, "
                "of three axes each"
            )
        if not content.rate > 0 or not np.isfinite(values).all():
            raise InputError(
                f"the motion at {content.rate} Hz holds what is no number: wanted finite samples and a rate"
            )
        return values
