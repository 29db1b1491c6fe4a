"""A SQLite store in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.stores.sqlite import SQLite


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLite]:
    made = SQLite(tmp_path / "collection.sqlite")
    yield made
    made.close()
