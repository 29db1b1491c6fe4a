"""A sound as one's own network wants it, by plain settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import soxr

from likewise.errors import InputError
from likewise.modalities import Array, Preparer
from likewise.types import Sound

__all__ = ["Waves"]


@final
@dataclass(frozen=True, slots=True)
class Waves(Preparer):
    """Samples of one channel at `rate`, from -1 to 1 times `gain`."""

    rate: int
    gain: float = 1.0

    def prepare(self, content: object) -> Array:
        if not isinstance(content, Sound):
            raise InputError(
                f"a sound is a likewise.types.Sound (samples and their rate), not {type(content).__name__}"
            )
        samples = np.asarray(content.samples, dtype=np.float32)
        if samples.ndim != 1 or not len(samples) or content.rate < 1:
            raise InputError(f"the sound has samples {samples.shape} at {content.rate} Hz: one channel of at least one")
        if not np.isfinite(samples).all():
            raise InputError("the sound holds samples that are no numbers (NaN or infinity)")
        if content.rate != self.rate:
            samples = np.asarray(soxr.resample(samples, content.rate, self.rate, "HQ"), dtype=np.float32)
        return samples if len(samples) else np.zeros(1, np.float32)

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        longest = max(map(len, prepared))
        padded = np.stack([np.pad(samples, (0, longest - len(samples))) for samples in prepared])
        return (padded * np.float32(self.gain),)
