"""Features of sounds against transformers' feature extractors (heard.npz, made by make_heard.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.encoders.senses._audio import audio
from likewise.modalities.audio import Audio
from likewise.networks import Facts
from tests.golden.heard import CASES, STEP, sound

GOLDEN = np.load(Path(__file__).parent / "heard.npz")
SETTINGS: dict[str, Any] = json.loads((Path(__file__).parent / "heard_settings.json").read_text())


def _preparer(path: Path, name: str) -> Audio:
    (path / "preprocessor_config.json").write_text(json.dumps(SETTINGS[name]))
    made = audio(path, Facts(path / "config.json", {}))
    assert isinstance(made, Audio)
    return made


@pytest.mark.parametrize("name", CASES)
def test_features_equal_those_of_the_reference(name: str, tmp_path: Path) -> None:
    preparer = _preparer(tmp_path, name)
    made = preparer.prepare(sound(CASES[name].seconds, preparer.rate))
    found = preparer.inputs([made])[0][0]
    assert found.dtype == np.float32
    assert found.shape == tuple(GOLDEN[f"{name}/shape"])
    np.testing.assert_allclose(found.ravel()[::STEP], GOLDEN[name], atol=5e-5, rtol=0)


def test_every_case_has_its_settings() -> None:
    assert set(SETTINGS) == set(CASES) == {name for name in GOLDEN.files if not name.endswith("/shape")}
