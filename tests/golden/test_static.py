"""Static vectors against model2vec and sentence-transformers (static.npz, made by make_static.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.encoders._resolve import Found
from likewise.encoders.text._static_folder import is_static
from likewise.encoders.text.static import Static
from tests.golden.static import CASES, TEXTS, write

GOLDEN = np.load(Path(__file__).parent / "static.npz")


@pytest.mark.parametrize("name", CASES)
def test_vectors_equal_those_of_the_reference(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, name)
    assert is_static(path)
    found = Static(Found(name, path)).encode(list(TEXTS))
    assert not found.failed
    assert found.vectors.shape == GOLDEN[name].shape
    np.testing.assert_allclose(found.vectors, GOLDEN[name], atol=1e-6, rtol=1e-6)


def test_the_cases_differ() -> None:
    assert set(GOLDEN.files) == set(CASES)
    assert len({GOLDEN[name].tobytes() for name in CASES}) == len(CASES)
