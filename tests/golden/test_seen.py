"""Embeddings, tokens and features from images and words, against their reference (seen.npz, made by make_seen.py).

Everything from uint8 pixels on is likewise's own: resizing, cropping, scaling, the network, the pooling.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.encoders import load
from likewise.encoders.senses.towers import Towers
from likewise.errors import MissingLibrary
from likewise.parts import find, names
from likewise.types import Item
from tests.golden.seen import CASES, IMAGES, TEXTS, write

GOLDEN = np.load(Path(__file__).parent / "seen.npz")


def _encoder(path: Path, name: str, **options: Any) -> Towers:
    made = load(write(path / name, name), precision="fp32", **options)
    assert isinstance(made, Towers)
    return made


def _unit(rows: Any, encoder: Towers) -> Any:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True) if encoder.space.normalize else rows


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize("name", CASES)
def test_embeddings_equal_those_of_the_reference(name: str, runtime: str, tmp_path: Path) -> None:
    try:
        find("runtimes", runtime)
    except MissingLibrary as error:
        pytest.skip(str(error))
    encoder = _encoder(tmp_path, name, runtime=runtime, threads=1)
    for kind, contents in (("embedding", IMAGES), ("text", TEXTS)):
        if f"{name} {kind}" in GOLDEN:
            modality = "image" if kind == "embedding" else "text"
            found = encoder.encode([Item(str(i), content, modality) for i, content in enumerate(contents)])
            assert not found.failed, found.failed
            np.testing.assert_allclose(found.vectors, _unit(GOLDEN[f"{name} {kind}"], encoder), atol=2e-5, rtol=0)


@pytest.mark.parametrize("kind", ["tokens", "features"])
@pytest.mark.parametrize("name", CASES)
def test_outputs_equal_those_of_the_reference(name: str, kind: Any, tmp_path: Path) -> None:
    if f"{name} {kind}" not in GOLDEN:
        pytest.skip(f"{name} has no {kind}")
    found, reports = _encoder(tmp_path, name, threads=1).outputs(IMAGES, kind)
    assert all(report.ok for report in reports), reports
    np.testing.assert_allclose(
        np.stack([rows for rows in found if rows is not None]), GOLDEN[f"{name} {kind}"], atol=2e-5, rtol=0
    )


def test_the_cases_differ() -> None:
    assert {name.partition(" ")[0] for name in GOLDEN.files} == set(CASES)
    assert len({GOLDEN[name].tobytes() for name in GOLDEN.files if name.endswith(" embedding")}) == len(CASES)
