"""The cases of the golden features of sounds: what is heard, by which settings of a model's makers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from likewise.types import Sound

__all__ = ["CASES", "STEP", "Case", "sound"]

STEP: Final = 97
"""Every so many values of features are kept: enough to see any that is wrong by a frame or a filter."""


@dataclass(frozen=True, slots=True)
class Case:
    """A feature extractor of transformers, how its settings depart from its own, and what it hears, in seconds."""

    extractor: str
    seconds: float
    settings: dict[str, Any] = field(default_factory=dict)


def sound(seconds: float, rate: int) -> Sound:
    """A tone that rises, falls silent and comes back with noise: loud and quiet, high and low."""
    t = np.arange(round(seconds * rate)) / rate
    tone = 0.5 * np.sin(2 * np.pi * (180 + 900 * t / (1 + t)) * t) * np.exp(-t) + 0.1 * np.sin(2 * np.pi * 3100 * t)
    noise = 0.02 * np.random.default_rng(len(t)).standard_normal(len(t)) * (t > 0.6 * seconds)
    loud: NDArray[np.float64] = (tone + noise) * ((t < 0.4 * seconds) | (t > 0.5 * seconds)) + 0.01
    return Sound(loud.astype(np.float32), rate)


_CLAP: Final = {"frequency_min": 50, "frequency_max": 14000, "truncation": "rand_trunc"}
_FUSED: Final = {"frequency_min": 0, "frequency_max": 14000, "truncation": "fusion"}

CASES: Final[dict[str, Case]] = {
    "wav2vec2": Case("Wav2Vec2FeatureExtractor", 0.7, {"return_attention_mask": True}),
    "wav2vec2-plain": Case("Wav2Vec2FeatureExtractor", 0.7, {"do_normalize": False}),
    "wav2vec2_bert": Case("SeamlessM4TFeatureExtractor", 0.75),
    "whisper": Case("WhisperFeatureExtractor", 1.3),
    "whisper-large": Case("WhisperFeatureExtractor", 29.995, {"feature_size": 128}),
    "whisper-whole": Case("WhisperFeatureExtractor", 30.0),
    "ast": Case("ASTFeatureExtractor", 2.0),
    "ast-long": Case("ASTFeatureExtractor", 11.0, {"do_normalize": False}),
    "ast-speech": Case("ASTFeatureExtractor", 1.0, {"max_length": 128, "mean": -6.845978, "std": 5.5654526}),
    "clap": Case("ClapFeatureExtractor", 3.1, _CLAP),
    "clap-repeat": Case("ClapFeatureExtractor", 3.1, _CLAP | {"padding": "repeat"}),
    "clap-pad": Case("ClapFeatureExtractor", 3.1, _CLAP | {"padding": "pad"}),
    "clap-long": Case("ClapFeatureExtractor", 11.2, _CLAP),
    "clap-fused": Case("ClapFeatureExtractor", 2.2, _FUSED),
    "clap-fused-long": Case("ClapFeatureExtractor", 14.0, _FUSED),
}
