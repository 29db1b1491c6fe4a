"""How a folder's makers prepare sounds: its preprocessor_config.json as an audio preparer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from likewise.encoders.senses._folder import settings
from likewise.modalities import Preparer
from likewise.networks import Facts
from likewise.parts import find

__all__ = ["audio"]

_LONGEST: Final = 30
"""Seconds of one input of networks that set no limit: attention over them takes the square of their time."""

_USUAL: Final = {
    "wav2vec2": "Wav2Vec2FeatureExtractor",
    "hubert": "Wav2Vec2FeatureExtractor",
    "wavlm": "Wav2Vec2FeatureExtractor",
    "wav2vec2-bert": "SeamlessM4TFeatureExtractor",
    "whisper": "WhisperFeatureExtractor",
    "audio-spectrogram-transformer": "ASTFeatureExtractor",
    "clap": "ClapFeatureExtractor",
}
"""What goes with a model_type where an older file does not say it."""


def audio(path: Path, config: Facts) -> Preparer:
    """The preparer of a model folder with this config.json.

    Raises ModelError where preprocessor_config.json is missing or asks for what is not written here, MissingLibrary
    where no library that resamples is installed.
    """
    facts = settings(path, "feature_extractor", "preprocessor_config.json")
    kind = facts.text("feature_extractor_type", _USUAL.get(config.text("model_type", ""), ""))
    if kind not in _MADE:
        raise facts.refused("feature_extractor_type", " or ".join(_MADE))
    return _MADE[kind](facts, config)


def _prepared(*chosen: Any, **named: Any) -> Preparer:
    """The preparer with these settings. Raises MissingLibrary where the library that resamples is not installed."""
    made: Preparer = find("modalities", "audio")(*chosen, **named)
    return made


def _waveform(facts: Facts, _: Facts) -> Preparer:
    facts.only({"feature_size": 1, "padding_value": 0.0})
    rate = facts.integer("sampling_rate", 16_000)
    return _prepared("waveform", rate, _LONGEST * rate, facts.flag("do_normalize", True))


def _pairs(facts: Facts, _: Facts) -> Preparer:
    facts.only({"stride": 2})
    rate, mels = (
        facts.integer("sampling_rate", 16_000),
        facts.integer("num_mel_bins", facts.integer("feature_size", 80)),
    )
    return _prepared("pairs", rate, _LONGEST * rate, True, mels, 160, 400, low=20.0, high=float(rate // 2))


def _whisper(facts: Facts, _: Facts) -> Preparer:
    facts.only({"dither": 0.0, "padding_value": 0.0})
    rate = facts.integer("sampling_rate", 16_000)
    return _prepared(
        "whisper",
        rate,
        facts.integer("chunk_length", 30) * rate,
        facts.flag("do_normalize", False),
        facts.integer("feature_size", 80),
        facts.integer("hop_length", 160),
        facts.integer("n_fft", 400),
    )


def _kaldi(facts: Facts, _: Facts) -> Preparer:
    rate, frames = facts.integer("sampling_rate", 16_000), facts.integer("max_length", 1024)
    hop, size = rate // 100, rate // 40
    return _prepared(
        "kaldi",
        rate,
        (frames - 1) * hop + size,
        facts.flag("do_normalize", True),
        facts.integer("num_mel_bins", 128),
        hop,
        size,
        low=20.0,
        high=float(rate // 2),
        frames=frames,
        mean=facts.number("mean", -4.2677393),
        deviation=facts.number("std", 4.5689974),
    )


def _clap(facts: Facts, config: Facts) -> Preparer:
    facts.only({"top_db": None, "padding_value": 0.0})
    rate = facts.integer("sampling_rate", 48_000)
    padding, truncation = facts.text("padding", "repeatpad"), facts.text("truncation", "fusion")
    if padding not in ("repeatpad", "repeat", "pad"):
        raise facts.refused("padding", "repeatpad, repeat or pad")
    if truncation not in ("fusion", "rand_trunc"):
        raise facts.refused("truncation", "fusion or rand_trunc")
    length, hop, square = facts.integer("max_length_s", 10) * rate, facts.integer("hop_length", 480), _square(config)
    if square and length // hop + 1 > square:
        raise facts.refused("max_length_s", f"what gives {square} frames or less")
    return _prepared(
        "clap",
        rate,
        length,
        False,
        facts.integer("feature_size", 64),
        hop,
        facts.integer("fft_window_size", 1024),
        facts.number("frequency_min", 0.0),
        facts.number("frequency_max", 14_000.0),
        frames=square,
        padding=padding,
        fusion=truncation == "fusion",
    )


def _square(config: Facts) -> int:
    """Frames that the square of CLAP's network holds, one stretch of them above the other; 0 where there is none."""
    if "audio_config" not in config:
        return 0
    heard = config.inside("audio_config")
    side = heard.integer("spec_size", 256)
    return side * (side // heard.integer("num_mel_bins", 64))


_MADE: Final[dict[str, Callable[[Facts, Facts], Preparer]]] = {
    "Wav2Vec2FeatureExtractor": _waveform,
    "SeamlessM4TFeatureExtractor": _pairs,
    "WhisperFeatureExtractor": _whisper,
    "ASTFeatureExtractor": _kaldi,
    "ClapFeatureExtractor": _clap,
}
