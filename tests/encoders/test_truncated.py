"""Encoders whose vectors are cut to their first dimensions."""

from __future__ import annotations

import gc
import warnings
import weakref
from pathlib import Path

import numpy as np
import pytest

from likewise.encoders import load
from likewise.errors import InputError, SpaceError
from likewise.quantize import truncate
from likewise.space import PROBES, relate, require
from tests.tiny import tiny_model

TEXTS = ["how do I fix a leaky faucet", "x", "word " * 400, ""]


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("overflow", ["truncate", "mean"])
def test_vectors_are_those_of_the_whole_cut(tmp_path: Path, normalize: bool, overflow: str) -> None:
    folder = tiny_model(tmp_path / "tiny", normalize=normalize)
    whole, cut = load(folder), load(folder, dim=7)
    assert (cut.space.dim, cut.space.normalize) == (7, normalize)
    wanted, found = (e.encode(TEXTS, overflow=overflow) for e in (whole, cut))  # type: ignore[arg-type]
    np.testing.assert_allclose(found.vectors, truncate(wanted.vectors, 7, normalize), atol=1e-6)
    assert (found.space, found.reports) == (cut.space, wanted.reports)
    probe = np.concatenate([cut.encode([text], role).vectors for role, text in PROBES])
    np.testing.assert_allclose(np.frombuffer(cut.space.probe, "<f4").reshape(probe.shape), probe, atol=1e-5)


def test_a_failed_text_stays_failed(tmp_path: Path) -> None:
    found = load(tiny_model(tmp_path / "tiny"), dim=7).encode(["x", 3])
    assert [r.ok for r in found.reports] == [True, False]
    assert np.isnan(found.vectors[1]).all()


def test_cutting_twice_is_cutting_once_and_changes_no_other(tmp_path: Path) -> None:
    whole = load(tiny_model(tmp_path / "tiny"))
    dim = whole.space.dim
    twice = whole.truncated(9).truncated(7)
    assert relate(twice.space, whole.truncated(7).space).kind == "exact"
    np.testing.assert_allclose(twice.encode(TEXTS).vectors, whole.truncated(7).encode(TEXTS).vectors, atol=1e-6)
    assert whole.space.dim == whole.encode(["x"]).vectors.shape[1] == dim
    assert whole.truncated(dim).space == load(tmp_path / "tiny", dim=dim).space == whole.space
    with pytest.raises(SpaceError, match="differ in dim"):
        require(whole.space, twice.space)


def test_what_it_was_cut_from_lives_as_long(tmp_path: Path) -> None:
    whole = load(tiny_model(tmp_path / "tiny"))
    alive = weakref.ref(whole)
    cut = whole.truncated(7)
    del whole
    gc.collect()
    assert alive() is not None  # it may own processes
    del cut
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("dim", [0, -1, 1000])
def test_what_the_model_has_not_is_refused(tmp_path: Path, dim: int) -> None:
    with pytest.raises(InputError, match=f"dim={dim} for tiny"):
        load(tiny_model(tmp_path / "tiny"), dim=dim)


def test_a_model_that_was_not_made_for_it_is_said_to_be(packaged: str, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="is not made to be cut, as far as its card says.*compress"):
        assert load(packaged, dim=128).space.dim == 128
    with warnings.catch_warnings(action="error"):
        load(packaged, dim=384)
        load(tiny_model(tmp_path / "tiny"), dim=7)
