"""Sounds made ready: rates, windows, lengths, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from likewise.errors import InputError
from likewise.modalities.audio import Audio
from likewise.types import Sound
from tests.golden.heard import sound

WAVEFORM = Audio("waveform", length=32_000)


def _tone(seconds: float, rate: int) -> Sound:
    t = np.arange(round(seconds * rate)) / rate
    return Sound((0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32), rate)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_becomes_that_of_the_model(rate: int) -> None:
    plain = Audio("waveform", normalize=False)
    made = plain.prepare(_tone(1.0, rate))
    assert made.dtype == np.float32
    assert abs(len(made) - 16_000) <= 1
    assert np.abs(made[500:15_000] - _tone(1.0, 16_000).samples[500:15_000]).max() < 2e-3


def test_a_waveform_has_mean_0_and_variance_1_without_its_padding() -> None:
    short, long = WAVEFORM.prepare(sound(0.4, 16_000)), WAVEFORM.prepare(sound(0.9, 16_000))
    batch, lengths = WAVEFORM.inputs([short, long])
    assert lengths.tolist() == [6400, 14_400]
    assert batch.shape == (2, 14_400)
    assert not batch[0, 6400:].any()
    assert abs(batch[0, :6400].mean()) < 1e-6
    assert abs(batch[0, :6400].std() - 1) < 1e-3
    assert WAVEFORM.size(short, 9) == 20
    assert WAVEFORM.size(long, 9) == 45


def test_a_long_sound_is_cut_into_windows_that_end_with_it() -> None:
    whole = sound(5.0, 8_000)
    windows = WAVEFORM.windows(whole)
    assert [len(one.samples) for one in windows] == [16_000] * 3
    np.testing.assert_array_equal(windows[0].samples, whole.samples[:16_000])
    np.testing.assert_array_equal(windows[-1].samples, whole.samples[-16_000:])
    assert len(WAVEFORM.windows(sound(2.0, 8_000))) == 1


def test_what_is_too_long_and_not_cut_keeps_its_beginning() -> None:
    whole = sound(5.0, 16_000)
    np.testing.assert_array_equal(WAVEFORM.prepare(whole), WAVEFORM.prepare(WAVEFORM.windows(whole)[0]))


def test_whisper_is_told_how_much_of_its_input_is_sound() -> None:
    whisper = Audio("whisper", length=480_000, normalize=False)
    made = [whisper.prepare(sound(seconds, 16_000)) for seconds in (0.5, 1.005, 30.0)]
    assert made[0].shape[1] < 60
    spectra, lengths = whisper.inputs(made)
    assert spectra.shape == (3, 80, 3000)
    assert lengths.tolist() == [50, 101, 3000]
    assert np.ptp(spectra[0, :, 60:]) == 0


def test_fusion_hears_all_of_a_long_sound() -> None:
    clap = Audio("clap", 48_000, 480_000, mels=64, hop=480, window=1024, high=14_000.0, fusion=True)
    long, short = sound(11.0, 48_000), sound(1.0, 48_000)
    assert clap.windows(long) == (long,)
    spectra, longer = clap.inputs([clap.prepare(long), clap.prepare(short)])
    assert spectra.shape == (2, 4, 1001, 64)
    assert longer.tolist() == [1.0, 0.0]
    assert np.abs(spectra[0, 1] - spectra[0, 3]).max() > 1
    assert not np.ptp(spectra[1], axis=0).any()


def test_silence_is_no_error() -> None:
    silent = Sound(np.zeros(16_000, np.float32), 16_000)
    for features in ("waveform", "whisper", "kaldi"):
        preparer = Audio(features, frames=98)
        assert np.isfinite(preparer.inputs([preparer.prepare(silent)])[0]).all()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (np.zeros(9), "ndarray, wanted likewise.types.Sound"),
        (Sound(np.zeros((2, 9), np.float32), 8_000), "average the channels"),
        (Sound(np.zeros(9, np.int16), 8_000), "divide by the largest"),
        (Sound(np.zeros(9, np.float32), 0), "the rate is 0"),
        (Sound(np.zeros(0, np.float32), 8_000), "is empty"),
        (Sound(np.full(900, np.nan, np.float32), 8_000), "NaN"),
        (Sound(np.zeros(99, np.float32), 16_000), r"lasts 6\.2 ms, this model needs 25 ms"),
    ],
)
def test_what_cannot_be_used_is_told(content: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        WAVEFORM.prepare(content)


def test_settings_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(InputError, match="take waveform, pairs, whisper"):
        Audio("mfcc")  # type: ignore[arg-type]
    for settings in ({"features": "waveform", "rate": 0}, {"features": "kaldi"}, {"features": "clap", "hop": 0}):
        with pytest.raises(InputError, match="1 or more"):
            Audio(**settings)
