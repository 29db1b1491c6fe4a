"""What audio models are given of a sound: their makers' features, by hand in NumPy.

Each takes samples `(n,)` float32 at the model's rate and gives float32. They equal those of transformers' feature
extractors, for which torch is needed there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from likewise.modalities._mel import Doubles, Scale, bank, centred, framed, power
from likewise.types import Vectors

__all__ = ["Mel", "decibels", "fused", "kaldi", "pairs", "repeated", "standard", "stretched", "whisper"]

_QUIET: Final = 1e-10  # power under which there is silence
_KALDI_QUIET: Final = float(np.finfo(np.float32).eps)


@final
@dataclass(frozen=True, slots=True)
class Mel:
    """A spectrum on a mel scale: `size` samples a frame, one every `hop`, `count` filters from `low` to `high` Hz."""

    rate: int
    size: int
    hop: int
    count: int
    low: float
    high: float

    def filters(self, scale: Scale, size: int = 0) -> Doubles:
        """The filters `(size / 2 + 1, count)`, for spectra of `size` samples where these are more than a frame's."""
        return bank(size or self.size, self.count, self.low, self.high, self.rate, scale)


def standard(samples: Vectors) -> Vectors:
    """Samples with the mean 0 and the variance 1 (wav2vec 2.0)."""
    mean, variance = samples.mean(dtype=np.float64), samples.var(dtype=np.float64)
    return np.asarray((samples - mean) / np.sqrt(variance + 1e-7), dtype=np.float32)


def whisper(samples: Vectors, mel: Mel, length: int) -> Vectors:
    """Logarithms of mel spectra `(count + 1, t)` as Whisper wants them of `length` samples, silence behind the sound.

    The last row is 1 where there is sound. Frames end three after the sound, the last of them like all that follow.
    """
    sounding = -(-len(samples) // mel.hop)
    count = min(length // mel.hop, sounding + 3)
    padded = np.zeros(min(length, count * mel.hop + mel.size))
    padded[: len(samples)] = samples
    found = power(centred(padded, mel.size, mel.hop)[:count], mel.size) @ mel.filters("slaney")
    logarithms = np.log10(np.maximum(found, _QUIET))
    made = (np.maximum(logarithms, logarithms.max() - 8.0) + 4.0) / 4.0
    return np.vstack([made.T, np.arange(count) < sounding]).astype(np.float32)


def kaldi(samples: Vectors, mel: Mel, bend: float = 1.0) -> Vectors:
    """Logarithms of mel spectra `(t, count)` as Kaldi's `compute-fbank-feats` without dither (Povey et al. 2011).

    Frames keep inside the samples, under a Hann window to the power of `bend`; the Fourier transform takes the next
    power of two.
    """
    size = 1 << (mel.size - 1).bit_length()
    frames = framed(samples, mel.size, mel.hop)
    frames = frames - frames.mean(1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    found = power((frames - 0.97 * before) * np.hanning(mel.size) ** bend, size) @ mel.filters("kaldi", size)
    return np.log(np.maximum(found, _KALDI_QUIET)).astype(np.float32)


def pairs(samples: Vectors, mel: Mel) -> Vectors:
    """Two frames of Kaldi's banks side by side `(t / 2, 2 * count)`, every mel with the mean 0 and the variance 1.

    As W2V-BERT 2.0 wants them: of 16-bit integers, under Povey's window; an odd frame at the end is left out.
    """
    found = kaldi(samples * np.float32(1 << 15), mel, bend=0.85)
    found = (found - found.mean(0)) / np.sqrt(found.var(0, ddof=1) + 1e-7)
    count = len(found) // 2
    return np.asarray(found[: 2 * count].reshape(count, -1), dtype=np.float32)


def decibels(samples: Vectors, mel: Mel, scale: Scale) -> Vectors:
    """Mel spectra `(t, count)` in dB as CLAP wants them."""
    found = power(centred(samples, mel.size, mel.hop), mel.size) @ mel.filters(scale)
    return (10.0 * np.log10(np.maximum(found, _QUIET))).astype(np.float32)


def repeated(samples: Vectors, length: int, way: str) -> Vectors:
    """Up to `length` samples: repeated as often as they fit (`repeatpad`), until full (`repeat`), or not (`pad`)."""
    if way == "repeat":
        return np.resize(samples, length)
    times = length // len(samples) if way == "repeatpad" else 1
    many = np.tile(samples[:length], max(1, times))
    return np.pad(many, (0, length - len(many)))


def fused(spectra: Vectors, count: int) -> Vectors:
    """A long sound's spectra `(t, mels)` as `(4, count, mels)`: all of it shrunk, then a crop from each third.

    CLAP's authors draw where a crop begins at random from a third of all places; here it is the middle of these.
    """
    thirds = np.array_split(np.arange(len(spectra) - count + 1), 3)
    starts = [int(third[len(third) // 2]) if len(third) else 0 for third in thirds]
    crops = [spectra[start : start + count] for start in starts]
    return np.stack([_shrunk(spectra, count), *crops])


def stretched(spectra: Vectors, count: int) -> Vectors:
    """Spectra `(..., t, mels)` at `count` frames, by Keys' cubic (1981, a = -0.75) with the first and last kept.

    As torch's bicubic `interpolate` with align_corners=True: places are float32 there, edges are repeated.
    """
    had = spectra.shape[-2]
    places = np.arange(count, dtype=np.float32) * np.float32((had - 1) / (count - 1))
    first = np.floor(places)
    far = (places - first)[:, None] - np.arange(-1, 3, dtype=np.float32)
    far = np.abs(far)
    near, wide = ((1.25 * far - 2.25) * far) * far + 1, ((-0.75 * far + 3.75) * far - 6) * far + 3
    shares = np.where(far <= 1, near, wide).astype(np.float32)
    taps = np.clip(first.astype(np.int64)[:, None] + np.arange(-1, 3), 0, had - 1)
    made = sum(spectra[..., taps[:, i], :] * shares[:, i, None] for i in range(4))
    return np.asarray(made, dtype=np.float32)


def _shrunk(spectra: Vectors, count: int) -> Vectors:
    """Bilinear, without smoothing, as torch's `interpolate` with align_corners=False: places are float32 there."""
    half = np.float32(0.5)
    places = np.maximum((np.arange(count, dtype=np.float32) + half) * np.float32(len(spectra) / count) - half, 0.0)
    before = places.astype(np.int64)
    after = np.minimum(before + 1, len(spectra) - 1)
    share = (places - before.astype(np.float32))[:, None]
    return np.asarray(spectra[before] * (1 - share) + spectra[after] * share, dtype=np.float32)
