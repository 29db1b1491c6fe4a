"""Every runtime, skipped where its library is not installed."""

from __future__ import annotations

import pytest

from likewise.errors import MissingLibrary
from likewise.parts import find, names


@pytest.fixture(scope="session", params=names("runtimes"))
def installed(request: pytest.FixtureRequest) -> str:
    """The name of a runtime."""
    try:
        find("runtimes", request.param)
    except MissingLibrary as error:
        pytest.skip(str(error))
    return str(request.param)
