"""Text vectors against sentence-transformers (text.npz, made by make_text.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.encoders import load
from tests.golden.text import CASES, TEXTS, write

GOLDEN = np.load(Path(__file__).parent / "text.npz")


@pytest.mark.parametrize("name", CASES)
def test_vectors_equal_those_of_the_reference(name: str, tmp_path: Path) -> None:
    found = load(write(tmp_path / name, CASES[name]), precision="fp32").encode(TEXTS, "query")
    assert not found.failed
    assert found.vectors.shape == GOLDEN[name].shape
    np.testing.assert_allclose(found.vectors, GOLDEN[name], atol=1e-5, rtol=1e-5)


def test_the_cases_differ() -> None:
    assert len({GOLDEN[name].tobytes() for name in CASES}) == len(CASES)


def test_a_space_is_named_as_the_first_version_named_it(tmp_path: Path) -> None:
    space = load(write(tmp_path / "mean", CASES["mean"]), precision="fp32").space
    assert (space.weights[:16], space.tokenizer[:16]) == ("1add04bda6a1232e", "00139f04f926831a")
