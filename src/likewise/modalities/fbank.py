"""Sounds as clips spread over them, each a picture of mel filter banks: what ImageBind and LanguageBind hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.modalities import Array, Preparer
from likewise.modalities._heard import Mel, kaldi
from likewise.modalities.waves import Waves
from likewise.types import Sound

__all__ = ["Fbank"]


@final
@dataclass(frozen=True, slots=True)
class Fbank(Preparer):
    """A `Sound` as `clips` pictures `(mels, frames)` of `seconds` each, from its beginning to its end.

    Frames are 25 ms long, one every 10 ms, as Kaldi's filter banks; where a clip has fewer, zeros follow. Then x
    becomes (x - mean) / std. With `seconds` 0 every picture has `frames` of them, from equal parts of the sound (its
    makers draw where in a part, here it is the middle), and a shorter sound is repeated.
    """

    rate: int = 16_000
    mels: int = 128
    frames: int = 204
    clips: int = 3
    seconds: float = 2.0
    mean: float = 0.0
    std: float = 1.0

    def prepare(self, content: Any) -> Array:
        """`(clips, mels, frames)` float32."""
        samples = Waves(self.rate).prepare(content)
        if not self.seconds:
            return self._parts(samples)
        length = len(samples) / self.rate
        step = max(0.0, length - self.seconds) / max(1, self.clips - 1)
        starts = (int(step * i * self.rate) for i in range(self.clips))
        return np.stack([self._picture(samples[start : start + round(self.seconds * self.rate)]) for start in starts])

    def _picture(self, samples: Array) -> Array:
        found = self._filtered(samples)[: self.frames]
        return self._scaled(np.pad(found, ((0, self.frames - len(found)), (0, 0))))

    def _parts(self, samples: Array) -> Array:
        """Pictures from equal parts of all frames, or all of the same sound where it is repeated."""
        found = self._filtered(samples)
        if len(found) <= self.frames:
            found = np.resize(found, (self.frames, self.mels))
            return np.stack([self._scaled(found)] * self.clips)
        parts = np.array_split(np.arange(len(found) - self.frames + 1), self.clips)
        starts = [int(part[len(part) // 2]) if len(part) else 0 for part in parts]
        return np.stack([self._scaled(found[start : start + self.frames]) for start in starts])

    def _filtered(self, samples: Array) -> Array:
        """Filter banks `(t, mels)`, of at least one frame."""
        size = self.rate // 40
        mel = Mel(self.rate, size, self.rate // 100, self.mels, 20.0, self.rate / 2)
        return kaldi(np.pad(samples, (0, max(0, size - len(samples)))), mel)

    def _scaled(self, frames: Array) -> Array:
        """Frames `(t, mels)` as a picture `(mels, t)`."""
        return np.asarray((frames.T - np.float32(self.mean)) / np.float32(self.std), dtype=np.float32)

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        """One input `(n, clips, mels, frames)`."""
        return (np.stack(prepared),)

    def windows(self, content: Any) -> Sequence[Sound]:
        """The sound itself: its clips are spread over all of it."""
        return (content,)
