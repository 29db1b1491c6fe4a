"""Laws of projections, over every member: shape, order, the same for the same seed, copies, few points, placing."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise import parts
from likewise.apps._map_near import near
from likewise.projections import Projection, faithful
from likewise.types import Vectors

NAMES = parts.names("projections")


def _made(name: str) -> Projection:
    projection = parts.find("projections", name)()
    assert isinstance(projection, Projection)
    return projection


def _units(n: int, dim: int = 16, groups: int = 4, seed: int = 0) -> tuple[Vectors, NDArray[np.intp]]:
    """Unit vectors around some middles, and the number of the group of each."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % groups
    vectors = np.random.default_rng(99).normal(size=(groups, dim))[group] + 0.25 * rng.normal(size=(n, dim))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32), group


@cache
def _drawn(name: str, n: int = 160) -> Vectors:
    units, _ = _units(n)
    projection = _made(name)
    return projection.fit(units, near(units, projection.neighbours)[0], seed=3)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_its_own_name_and_asks_for_neighbours(name: str) -> None:
    projection = _made(name)
    assert projection.name == name
    assert projection.neighbours >= 1


@pytest.mark.parametrize("name", NAMES)
def test_a_point_for_every_vector(name: str) -> None:
    plane = _drawn(name)
    assert plane.shape == (160, 2)
    assert plane.dtype == np.float32
    assert np.isfinite(plane).all()
    assert plane.std(axis=0).min() > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_plane(name: str) -> None:
    units, _ = _units(160)
    projection = _made(name)
    again = projection.fit(units, near(units, projection.neighbours)[0], seed=3)
    assert np.array_equal(again, _drawn(name))


@pytest.mark.parametrize("name", NAMES)
def test_what_belongs_together_lies_together(name: str) -> None:
    units, group = _units(160)
    plane = _drawn(name)
    away = np.linalg.norm(plane[:, None] - plane[None], axis=2)
    np.fill_diagonal(away, np.inf)
    assert (group[away.argmin(axis=1)] == group).mean() > 0.95
    chance = np.random.default_rng(0).permutation(160)
    assert faithful(units, plane).trust.mean() > faithful(units, plane[chance]).trust.mean() + 0.2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 20])
def test_few_points(name: str, n: int) -> None:
    units, _ = _units(n)
    projection = _made(name)
    plane = projection.fit(units, near(units, projection.neighbours)[0])
    assert plane.shape == (n, 2)
    assert np.isfinite(plane).all()


@pytest.mark.parametrize("name", NAMES)
def test_copies_and_lines_are_no_trouble(name: str) -> None:
    projection = _made(name)
    copies = np.tile(np.eye(1, 6, dtype=np.float32), (30, 1))
    line = np.where(np.arange(30)[:, None] % 2, 1.0, -1.0).astype(np.float32)
    for units in (copies, line, np.concatenate([copies, _units(30, 6)[0]])):
        plane = projection.fit(units, near(units, projection.neighbours)[0])
        assert plane.shape == (len(units), 2)
        assert np.isfinite(plane).all()


@pytest.mark.parametrize("name", NAMES)
def test_new_vectors_come_to_their_like(name: str) -> None:
    units, group = _units(160)
    new, groups = _units(24, seed=1)
    plane = _drawn(name)
    projection = _made(name)
    placed = projection.place(new, units, plane, near(new, 10, units)[0])
    assert placed.shape == (24, 2)
    assert placed.dtype == np.float32
    nearest = np.linalg.norm(placed[:, None] - plane[None], axis=2).argmin(axis=1)
    assert (group[nearest] == groups).mean() > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_the_twin_of_an_old_vector_lands_on_it(name: str) -> None:
    units, _ = _units(160)
    plane = _drawn(name)
    placed = _made(name).place(units[:20], units, plane, near(units[:20], 10, units)[0])
    assert np.allclose(placed, plane[:20], atol=1e-4 * float(np.ptp(plane)))
