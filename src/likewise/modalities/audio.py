"""Sounds as audio models want them: their rate, their length, their features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, final, get_args

import numpy as np
import soxr

from likewise.errors import InputError
from likewise.modalities import Array, Preparer
from likewise.modalities._heard import Mel, decibels, fused, kaldi, pairs, repeated, standard, stretched, whisper
from likewise.types import Sound, Vectors

__all__ = ["Audio"]

_Features = Literal["waveform", "pairs", "whisper", "kaldi", "clap"]

_SHORTEST: Final = {"waveform": 400, "pairs": 560}
"""Samples of the first frame of wav2vec 2.0 and its relatives, 25 ms, and of two of W2V-BERT, at their 16 kHz."""

_WHOLE: Final = 600.0
"""Seconds of a file that are heard as one where a model takes all of a sound."""


@final
@dataclass(frozen=True, slots=True)
class Audio(Preparer):
    """A `Sound` at `rate`, up to `length` samples of it in one input, as one of five features.

    - `waveform`: samples, scaled to mean 0 and variance 1 where `normalize` (wav2vec 2.0, HuBERT, WavLM); a batch is
      filled up with zeros and comes with the lengths, by which networks keep padding out of every vector;
    - `pairs`: log-mel banks, two frames side by side, every mel scaled over the sound, with the lengths (W2V-BERT);
    - `whisper`: log-mel spectra, the rest of `length` being silence, with the count of frames of sound;
    - `kaldi`: log-mel filter banks of `frames` frames, scaled by `mean` and twice `deviation` where `normalize`, zeros
      behind a shorter sound (AST);
    - `clap`: mel spectra in dB, a shorter sound repeated as `padding` says, stretched to `frames` (0: as they are).
      With `fusion` a longer one is given whole but shrunk, and as three crops; without, CLAP's authors take a random
      crop, here it is a window.

    Longer sounds are cut into windows of `length`, the last moved back so that it ends with the sound. Another rate is
    resampled by soxr at its high quality, which is near to what the makers used (librosa, torchaudio), not the same.
    """

    features: _Features
    rate: int = 16_000
    length: int = 480_000
    normalize: bool = True
    mels: int = 80
    hop: int = 160
    window: int = 400
    low: float = 0.0
    high: float = 8_000.0
    frames: int = 0
    mean: float = 0.0
    deviation: float = 1.0
    padding: Literal["repeatpad", "repeat", "pad"] = "repeatpad"
    fusion: bool = False

    def __post_init__(self) -> None:
        if self.features not in get_args(_Features):
            raise InputError(f"features {self.features!r} are not known: take {', '.join(get_args(_Features))}")
        counts = (self.rate, self.length, self.mels, self.hop, self.window, self.frames or self.features != "kaldi")
        if min(counts) < 1 or self.deviation == 0:
            raise InputError(f"{self} cannot be meant: rates, lengths and counts must be 1 or more")

    def windows(self, content: Any) -> Sequence[Any]:
        sound = _checked(content)
        held = -(-self.length * sound.rate // self.rate)
        count = math.ceil(len(sound.samples) / held)
        if count <= 1 or self.fusion:
            return (sound,)
        starts = [*(i * held for i in range(count - 1)), len(sound.samples) - held]
        return [Sound(sound.samples[start : start + held], sound.rate) for start in starts]

    def prepare(self, content: Any) -> Array:
        samples = self._resampled(_checked(content))
        least = self.window if self.features == "kaldi" else _SHORTEST.get(self.features, 1)
        if len(samples) < least:
            held, wanted = (1000 * n / self.rate for n in (len(samples), least))
            raise InputError(f"the sound lasts {held:.1f} ms, this model needs {wanted:.0f} ms: give it a longer one")
        if not self.fusion:
            samples = samples[: self.length]
        if self.features == "waveform":
            return standard(samples) if self.normalize else samples
        mel = Mel(self.rate, self.window, self.hop, self.mels, self.low, self.high)
        if self.features == "pairs":
            return pairs(samples, mel)
        if self.features == "whisper":
            return whisper(standard(samples) if self.normalize else samples, mel, self.length)
        return self._banks(samples, mel) if self.features == "kaldi" else self._clap(samples, mel)

    def _resampled(self, sound: Sound) -> Vectors:
        """Samples at the model's rate."""
        if sound.rate == self.rate or not len(sound.samples):
            return sound.samples
        return np.asarray(soxr.resample(sound.samples, sound.rate, self.rate, "HQ"), dtype=np.float32)

    def _banks(self, samples: Vectors, mel: Mel) -> Vectors:
        found = kaldi(samples, mel)[: self.frames]
        return self._scaled(found) if self.normalize else found

    def _scaled(self, values: Any) -> Any:
        return ((values - np.float32(self.mean)) / np.float32(2 * self.deviation)).astype(np.float32)

    def _clap(self, samples: Vectors, mel: Mel) -> Vectors:
        """`(1, frames, mels)`, or `(4, frames, mels)` of what is longer than one input."""
        count = self.length // self.hop + 1
        long = len(samples) > self.length
        spectra = decibels(
            samples if long else repeated(samples, self.length, self.padding),
            mel,
            "htk" if self.fusion else "slaney",
        )
        made = fused(spectra, count) if len(spectra) > count else spectra[None]
        return stretched(made, self.frames) if count < self.frames else made

    def span(self) -> float:
        return _WHOLE if self.fusion else self.length / self.rate

    def size(self, prepared: Array, units: int) -> int:
        if self.features == "pairs":
            return len(prepared)
        return max(1, len(prepared) // 320) if self.features == "waveform" else units  # 50 frames a second at 16 kHz

    def inputs(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        if self.features in ("waveform", "pairs"):
            lengths = [len(one) for one in prepared]
            rest = [[(0, max(lengths) - len(one)), *[(0, 0)] * (one.ndim - 1)] for one in prepared]
            batch = np.stack([np.pad(one, pads) for one, pads in zip(prepared, rest, strict=True)])
            return batch, np.array(lengths, dtype=np.int32)
        if self.features == "whisper":
            return self._heard(prepared)
        if self.features == "kaldi":
            nothing = float(self._scaled(np.float32(0.0))) if self.normalize else 0.0
            missing = [((0, self.frames - len(one)), (0, 0)) for one in prepared]
            padded = [np.pad(one, pads, constant_values=nothing) for one, pads in zip(prepared, missing, strict=True)]
            return (np.stack(padded),)
        if not self.fusion:
            return (np.stack(prepared),)
        longer = np.array([len(one) == 4 for one in prepared], dtype=np.float32)
        return np.stack([np.broadcast_to(one, (4, *one.shape[1:])) for one in prepared]), longer

    def _heard(self, prepared: Sequence[Array]) -> tuple[Array, ...]:
        """Spectra `(n, mels, frames)`, the last frame of each going on, and how many frames are sound `(n,)`."""
        count = self.length // self.hop
        spectra = [np.pad(one[:-1], ((0, 0), (0, count - one.shape[1])), mode="edge") for one in prepared]
        return np.stack(spectra), np.array([int(one[-1].sum()) for one in prepared], dtype=np.int32)


def _checked(content: Any) -> Sound:
    """A sound whose samples can be used. Raises InputError."""
    if not isinstance(content, Sound):
        what = type(content).__name__
        raise InputError(f"content is {what}, wanted likewise.types.Sound: samples (n,) float32 and a rate")
    samples = np.asarray(content.samples)
    if samples.ndim != 1:
        raise InputError(f"samples have the shape {samples.shape}, wanted (n,): average the channels")
    if samples.dtype.kind != "f":
        raise InputError(f"samples are {samples.dtype}, wanted float32 from -1 to 1: divide by the largest integer")
    if isinstance(content.rate, bool) or content.rate < 1:
        raise InputError(f"the rate is {content.rate!r}, wanted samples a second, 1 or more")
    if not len(samples):
        raise InputError("the sound is empty: it has no samples")
    if not np.isfinite(samples).all():
        raise InputError("samples hold NaN or infinity: the recording is damaged")
    return content if samples.dtype == np.float32 else Sound(samples.astype(np.float32), content.rate)
