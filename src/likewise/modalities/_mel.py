"""Spectra of sounds on a mel scale, in float64, as the makers of audio models compute them."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from likewise.types import Vectors

__all__ = ["Doubles", "Scale", "bank", "centred", "framed", "power"]

Doubles = NDArray[np.float64]

Scale = Literal["htk", "slaney", "kaldi"]
"""How Hz become mel: by one logarithm (HTK, Kaldi), or linearly below 1,000 Hz (Slaney's Auditory Toolbox)."""

_BREAK: Final = 1000.0  # Hz at which Slaney's scale turns logarithmic, after 15 mel of 200/3 Hz
_STEP: Final = np.log(6.4) / 27.0


@cache
def bank(size: int, count: int, low: float, high: float, rate: int, scale: Scale) -> Doubles:
    """Triangular filters `(size / 2 + 1, count)` from `low` to `high` Hz for spectra of `size` samples.

    HTK's and Slaney's triangles are straight over Hz, Kaldi's over mel; Slaney's all have the same area.
    """
    corners = np.linspace(_mel(low, scale), _mel(high, scale), count + 2)
    bins: Doubles = np.linspace(0, rate // 2, size // 2 + 1)
    if scale == "kaldi":
        bins = _mel(bins, scale)
    else:
        corners = _hertz(corners, scale)
    apart = corners[None, :] - bins[:, None]
    widths = np.diff(corners)
    made = np.maximum(0.0, np.minimum(-apart[:, :-2] / widths[:-1], apart[:, 2:] / widths[1:]))
    if scale == "slaney":
        made *= 2.0 / (corners[2:] - corners[:-2])
    made.flags.writeable = False
    return made


def _mel(hertz: float | Doubles, scale: Scale) -> Doubles:
    hertz = np.asarray(hertz, dtype=np.float64)
    if scale == "htk":
        return np.asarray(2595.0 * np.log10(1.0 + hertz / 700.0))
    if scale == "kaldi":
        return np.asarray(1127.0 * np.log(1.0 + hertz / 700.0))
    above = 15.0 + np.log(np.maximum(hertz, _BREAK) / _BREAK) / _STEP
    return np.where(hertz >= _BREAK, above, 3.0 * hertz / 200.0)


def _hertz(mel: Doubles, scale: Scale) -> Doubles:
    if scale == "htk":
        return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
    above = _BREAK * np.exp(_STEP * (np.maximum(mel, 15.0) - 15.0))
    return np.where(mel >= 15.0, above, 200.0 * mel / 3.0)


def framed(samples: Vectors | Doubles, size: int, hop: int) -> Doubles:
    """Frames `(t, size)` that lie wholly inside the samples, every `hop` of them."""
    return np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64, copy=False), size)[::hop]


def centred(samples: Vectors | Doubles, size: int, hop: int) -> Doubles:
    """Frames `(t, size)` around every `hop`-th sample under a periodic Hann window, mirrored beyond both ends."""
    window = np.hanning(size + 1)[:-1]
    return np.asarray(framed(np.pad(samples.astype(np.float64), size // 2, mode="reflect"), size, hop) * window)


def power(frames: Doubles, size: int) -> Doubles:
    """Squared magnitudes `(t, size / 2 + 1)` of the Fourier transform of `size` samples, shorter frames filled up."""
    spectra = np.fft.rfft(frames, size)
    return np.asarray(spectra.real**2 + spectra.imag**2)
