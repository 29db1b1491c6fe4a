"""Runtimes give the same vectors in every precision they offer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.encoders.text._folder import read
from likewise.errors import InputError
from likewise.parts import find, names
from likewise.runtimes import Runtime

TOKENS = np.random.default_rng(0).integers(5, 18_000, (6, 40)).astype(np.int32)
LENGTHS = np.array([40, 3, 17, 40, 2, 25], dtype=np.int32)


@pytest.fixture(scope="module", params=names("runtimes"))
def make(request: pytest.FixtureRequest) -> type[Runtime]:
    found: type[Runtime] = find("runtimes", request.param)
    return found


def test_padding_changes_nothing(make: type[Runtime], tiny: Path) -> None:
    runtime = make(read(tiny).network, "fp32")  # type: ignore[call-arg]
    together = runtime.run(TOKENS, LENGTHS)
    for row, length in enumerate(LENGTHS):
        alone = runtime.run(TOKENS[row : row + 1, :length], LENGTHS[row : row + 1])
        np.testing.assert_allclose(alone[0], together[row], atol=1e-5)


def test_bf16_is_near(make: type[Runtime], tiny: Path) -> None:
    network = read(tiny).network
    exact, near = (make(network, precision).run(TOKENS, LENGTHS) for precision in ("fp32", "bf16"))  # type: ignore[call-arg]
    cosines = (exact * near).sum(1)
    assert not np.array_equal(exact, near)
    assert cosines.min() > 0.999


def test_names_and_threads(make: type[Runtime], tiny: Path) -> None:
    network = read(tiny).network
    runtime = make(network, "auto", 1)  # type: ignore[call-arg]
    assert runtime.precision in {"fp32", "bf16"}
    assert runtime.name in names("runtimes")
    for wrong in (("fp8", None), ("fp32", 0)):
        with pytest.raises(InputError):
            make(network, *wrong)  # type: ignore[call-arg]
