"""VideoBERT against transformers' BERT (videobert.npz, made by make_videobert.py), from clips and words on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.encoders.senses.videobert import VideoBERT
from likewise.errors import MissingLibrary
from likewise.parts import find, names
from tests.golden.videobert import CONTENTS, IDS, Colours, made

GOLDEN = np.load(Path(__file__).with_name("videobert.npz"))["vectors"]


def test_contents_become_the_ids_that_the_reference_was_given(tmp_path: Path) -> None:
    encoder = VideoBERT(made(tmp_path), Colours(), precision="fp32")
    for content, (ids, types) in zip(CONTENTS, IDS, strict=True):
        found = encoder.sequence(content)
        assert (found[0].tolist(), found[1].tolist()) == (ids, types)


@pytest.mark.parametrize("runtime", names("runtimes"))
def test_vectors_equal_those_of_the_reference(runtime: str, tmp_path: Path) -> None:
    try:
        find("runtimes", runtime)
    except MissingLibrary as error:
        pytest.skip(str(error))
    encoder = VideoBERT(made(tmp_path), Colours(), runtime=runtime, precision="fp32")
    found = encoder.encode(CONTENTS)
    assert not found.failed
    np.testing.assert_allclose(found.vectors, GOLDEN, atol=1e-5, rtol=0)


def test_the_contents_differ() -> None:
    assert (GOLDEN @ GOLDEN.T)[~np.eye(3, dtype=bool)].max() < 0.99
