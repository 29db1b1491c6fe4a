"""What `precision="auto"` takes is measured once, remembered, and near fp32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.encoders._resolve import Found
from likewise.encoders.text import transformer
from likewise.encoders.text._precision import Trial, best
from likewise.encoders.text.transformer import Transformer
from tests.tiny import tiny_model


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ([Trial("fp32", 10.0, 0.0), Trial("bf16", 2.0, 1e-5)], "bf16"),
        ([Trial("fp32", 10.0, 0.0), Trial("bf16", 2.0, 0.01)], "fp32"),
        ([Trial("fp32", 10.0, 0.0), Trial("bf16", 9.5, 1e-5)], "fp32"),
        ([Trial("fp32", 10.0, 0.0)], "fp32"),
    ],
)
def test_the_fastest_that_is_near_is_taken(found: list[Trial], wanted: str) -> None:
    assert best(found) == wanted


def test_it_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(transformer, "candidates", lambda: ("fp32", "bf16"))
    found = Found("tiny", tiny_model(tmp_path / "tiny"))
    first = Transformer(found)
    assert [t.precision for t in first.trials] == ["fp32", "bf16"]
    assert first.trials[0].distance < 1e-12 < first.trials[1].distance < 1e-3
    assert first.space.precision == best(first.trials)
    assert Transformer(found).trials == first.trials


def test_a_precision_that_is_asked_for_is_not_measured(tmp_path: Path) -> None:
    encoder = Transformer(Found("tiny", tiny_model(tmp_path / "tiny")), precision="fp32")
    assert encoder.trials == ()
    assert encoder.space.precision == "fp32"
    assert np.isfinite(encoder.encode(["a"]).vectors).all()
