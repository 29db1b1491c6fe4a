"""What a folder says of how sounds are prepared, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from likewise.encoders.senses._audio import audio
from likewise.errors import ModelError
from likewise.modalities import Preparer
from likewise.modalities.audio import Audio
from likewise.networks import Facts


def _read(path: Path, settings: dict[str, Any], kind: str = "", file: str = "preprocessor_config.json") -> Preparer:
    (path / file).write_text(json.dumps(settings))
    return audio(path, Facts(path / "config.json", {"model_type": kind}))


def test_an_older_file_goes_by_the_kind_of_the_model(tmp_path: Path) -> None:
    made = _read(tmp_path, {"do_normalize": False, "sampling_rate": 16_000}, "wavlm")
    assert made == Audio("waveform", 16_000, 480_000, False)


def test_settings_are_found_inside_of_a_processor(tmp_path: Path) -> None:
    inside = {"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 128}
    made = _read(tmp_path, {"feature_extractor": inside, "processor_class": "X"}, file="processor_config.json")
    assert made == Audio("whisper", 16_000, 480_000, False, 128)


def test_a_folder_without_settings_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks preprocessor_config\.json"):
        audio(tmp_path, Facts(tmp_path / "config.json", {}))


@pytest.mark.parametrize(
    "settings",
    [
        {"feature_extractor_type": "EncodecFeatureExtractor"},
        {"feature_extractor_type": "WhisperFeatureExtractor", "dither": 1e-4},
        {"feature_extractor_type": "ClapFeatureExtractor", "truncation": "rand"},
        {"feature_extractor_type": "ClapFeatureExtractor", "padding": "mirror"},
        {"feature_extractor_type": "ClapFeatureExtractor", "top_db": 80},
        {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "padding_value": 1.0},
    ],
)
def test_settings_that_are_not_written_here_are_refused(settings: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="can be run here"):
        _read(tmp_path, settings)


def test_a_sound_longer_than_the_network_holds_is_refused(tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"max_length_s": 11}))
    config = Facts(tmp_path / "config.json", {"model_type": "clap", "audio_config": {"spec_size": 256}})
    with pytest.raises(ModelError, match="max_length_s is 11, and only what gives 1024 frames"):
        audio(tmp_path, config)
